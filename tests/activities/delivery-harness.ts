import { Client } from 'pg';
import { v7 as uuid } from 'uuid';
import { createChannelActivities } from '../../activities/alert-deliveries.ts';
import type { AlertNotification } from '../../core/domain/alert-notification.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { Delivery } from '../../core/store/generated/client.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { call } from '../core/operations/call.ts';
import { loopbackAgent } from '../rotation/harness.ts';
import { testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';
import { startSmtpServer } from '../servers/smtp-server.ts';
import { startWebhookReceiver } from '../servers/webhook-receiver.ts';

export type DeliveryHarness = Awaited<ReturnType<typeof startDeliveryHarness>>;

/** Deliveries from an organization of one's own to real receivers of this machine, with a clock that a test moves. */
export async function startDeliveryHarness() {
  const smtp = await startSmtpServer();
  const receiver = await startWebhookReceiver();
  const stack = await testDependencies({ environment: { SMTP_URL: smtp.url } });
  const { dependencies } = stack;
  const jobs = openJobsDatabase(stack.testDatabase.urls.jobs);
  const outboundAgent = loopbackAgent();
  const clock = { aheadMs: 0 };
  const now = () => Date.now() + clock.aheadMs;
  const delivering = { ...dependencies, outboundAgent, now };
  const activities = createChannelActivities({ ...delivering, jobs });

  /** An alert that fires in a caller's organization, with what its first change tells. */
  async function seedAlert({ organizationId }: Caller): Promise<AlertNotification> {
    const alertId = uuid();
    const [since, at] = [new Date(Date.now() - 600_000), new Date()];
    await dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.alert.create({
        data: {
          id: alertId,
          organizationId,
          kind: 'credential_expires',
          name: 'A credential expires',
          severity: 'critical',
          text: 'seeded',
          since,
          firedAt: at,
        },
      }),
    );
    return {
      organizationId,
      alertId,
      change: 'firing',
      sequence: 1,
      kind: 'rule',
      severity: 'critical',
      name: 'too many errors',
      metric: 'error rate above 5 % for 10 minutes',
      agents: ['stripe-relay'],
      agentCount: 1,
      value: 0.082_345,
      threshold: 0.05,
      since: since.toISOString(),
      at: at.toISOString(),
      note: null,
      url: `http://localhost:8080/alerts/${alertId}`,
    };
  }

  return {
    ...stack,
    smtp,
    receiver,
    jobs,
    activities,
    /** For what else delivers. */
    delivering,
    clock,
    seedAlert,
    seedAdmin: () => seedCaller(dependencies.database),
    /** @returns its ID and, of a webhook, what it signs with */
    async createChannel(admin: Caller, input: object): Promise<{ id: string; signingValue: string }> {
      const { channel, signing_value } = await call(dependencies, admin, 'create_channel', input);
      return { id: channel.id, signingValue: signing_value };
    },
    deliveriesOf: ({ organizationId }: Pick<Caller, 'organizationId'>): Promise<Delivery[]> =>
      dependencies.database.inOrganization(organizationId, (transaction) =>
        transaction.delivery.findMany({ orderBy: [{ sequence: 'asc' }, { id: 'asc' }] }),
      ),
    /** So that what one test left is not sent in the next. */
    async giveUpPending(): Promise<void> {
      const sql = new Client({ connectionString: stack.testDatabase.urls.superuser });
      await sql.connect();
      await sql.query("UPDATE delivery SET state = 'failed', next_attempt_at = NULL WHERE state = 'pending'");
      await sql.end();
    },
    async stop() {
      await Promise.all([jobs.close(), outboundAgent.destroy()]);
      await stack.stop();
      await Promise.all([smtp.stop(), receiver.stop()]);
    },
  };
}
