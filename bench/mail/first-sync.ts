import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { loadConfig } from '../../core/config.ts';
import { openControlPlane } from '../../core/control-plane.ts';
import { startTestDovecot } from '../../tests/servers/dovecot-server.ts';
import { seedCaller } from '../../tests/servers/seed.ts';
import { seedMailbox } from '../../tests/servers/seed-mailbox.ts';
import { workerNodeOptions } from '../../tools/supervisor/product-processes.ts';
import { type BenchPostgres, withBenchPostgres } from '../bench-postgres.ts';
import { MEASURED_CORE } from '../cores.ts';
import { atMost, report } from '../result.ts';
import { letters } from './letters.ts';

const PROGRAM = fileURLToPath(new URL('sync-main.ts', import.meta.url));
const MESSAGES = 20_000;
const SEED = 8;
const ADDRESS = 'support@bench.test';

/** From an empty database to a mailbox of 20,000 messages that is wholly here: how long, and with how much memory. */
export function firstSync(): Promise<void> {
  return withBenchPostgres(measureFirstSync);
}

async function measureFirstSync({ folder, urls }: BenchPostgres): Promise<void> {
  const environment = {
    PATH: process.env.PATH,
    AGENTGATEWAY_DATA_DIR: folder,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128',
    DATABASE_URL_APP: urls.app,
    // Nobody listens there: what is measured starts no workflow.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    LOG_LEVEL: 'warn',
  };
  const dovecot = await startTestDovecot();
  const { dependencies, close } = await openControlPlane(loadConfig(environment), pino({ level: 'silent' }));
  try {
    await dovecot.fill(ADDRESS, letters(MESSAGES, SEED));
    // Dovecot's own index is made by the first who looks, whoever that is.
    await dovecot.connect(ADDRESS).then((client) => client.logout());
    const admin = await seedCaller(dependencies.database);
    const mailbox = await seedMailbox(dependencies, admin, { dovecot, address: ADDRESS });
    // As the workers run.
    const command = ['-c', String(MEASURED_CORE), process.execPath, ...workerNodeOptions, PROGRAM];
    const ids = { ORGANIZATION_ID: mailbox.organizationId, MAILBOX_ID: mailbox.id };
    const env = { ...environment, ...ids, NODE_EXTRA_CA_CERTS: dovecot.certificate.cert };
    const { stdout } = await promisify(execFile)('taskset', command, { env });
    const { seconds, peakMib } = JSON.parse(stdout) as { seconds: number; peakMib: number };
    const stored = await dependencies.database.inOrganization(mailbox.organizationId, async (transaction) => ({
      messages: await transaction.emailMessage.count(),
      threads: await transaction.emailThread.count({ where: { messageCount: { gt: 0 } } }),
    }));
    if (stored.messages !== MESSAGES) throw new Error(`${stored.messages} messages came in, not ${MESSAGES}.`);
    report('mail-first-sync', { ...stored, per_second: MESSAGES / seconds }, [
      atMost(`seconds for ${MESSAGES} messages`, seconds, 60),
      atMost('peak memory of the process, MiB', peakMib, 250),
    ]);
  } finally {
    await close();
    await dovecot.stop();
  }
}
