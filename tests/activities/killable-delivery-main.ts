import { MockActivityEnvironment } from '@temporalio/testing';
import { createChannelActivities } from '../../activities/alert-deliveries.ts';
import { loadConfig } from '../../core/config.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { loopbackAgent } from '../rotation/harness.ts';

/**
 * Delivers a notification in a process of its own, which kills itself before or after one of its transactions:
 * `KILL_AT=3:after`. Of three channels the first transaction plans, the next three claim, the last three record: they wait
 * until all is sent, so that one killed then always leaves something of which nothing is recorded.
 */
const [killedTransaction, moment] = (process.env.KILL_AT ?? '').split(':');
const config = loadConfig(process.env);
const { DATABASE_URL_APP = '', DATABASE_URL_JOBS = '' } = config;
const database = openDatabase(DATABASE_URL_APP);

const [CLAIMED, ALL] = [4, 7];
const sent = Promise.withResolvers<void>();
let transactions = 0;
const killing: Database = {
  ...database,
  async inOrganization(organizationId, work, options) {
    transactions += 1;
    const isLast = String(transactions) === killedTransaction;
    if (transactions === ALL) sent.resolve();
    if (transactions > CLAIMED) await sent.promise;
    if (isLast && moment === 'before') process.kill(process.pid, 'SIGKILL');
    const answer = await database.inOrganization(organizationId, work, options);
    if (isLast && moment === 'after') process.kill(process.pid, 'SIGKILL');
    return answer;
  },
};
const { deliverAlertNotification } = createChannelActivities({
  config,
  vault: await openVault(config, DATABASE_URL_APP),
  database: killing,
  jobs: openJobsDatabase(DATABASE_URL_JOBS),
  outboundAgent: loopbackAgent(),
  now: Date.now,
});
process.stdout.write('ready\n');
const { NOTIFICATION = '', CHANNEL_IDS = '' } = process.env;
await new MockActivityEnvironment().run(deliverAlertNotification, JSON.parse(NOTIFICATION), CHANNEL_IDS.split(','));
process.exit(0);
