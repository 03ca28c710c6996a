import type { Dependencies } from '../../core/dependencies.ts';
import type { Mailbox } from '../../core/store/generated/client.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { testDependencies } from '../servers/dependencies.ts';
import { startTestDovecot } from '../servers/dovecot-server.ts';
import type { ImapServer } from '../servers/mail-program.ts';
import { startTestTemporal } from '../servers/temporal.ts';
import { lookAt, mailActivities, seedSender, startSubmissionServer } from './mail-bench.ts';

/** Postgres, Temporal, Dovecot, a receiving SMTP server, and a worker with hooks on its activities. */
export const startMailHarness = async (environment: Record<string, string> = {}) =>
  startMailHarnessAt(await startTestDovecot(), environment);

/** The same with another IMAP server; it ends with the rest. */
export async function startMailHarnessAt<Server extends ImapServer>(
  dovecot: Server,
  environment: Record<string, string> = {},
) {
  const made = await testDependencies({
    environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8', ...environment },
  });
  const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
  const temporal = await startTestTemporal(dataConverter);
  const smtp = await startSubmissionServer(dovecot);
  const { client, nativeConnection: connection } = temporal;
  const dependencies: Dependencies = { ...made.dependencies, workflows: createWorkflows(client) };
  const activities = mailActivities(dependencies);
  const worker = await runTestWorker({ connection, client, dataConverter, activities });
  return {
    dependencies,
    dovecot,
    smtp,
    client,
    /** Somebody with a mailbox of their own, and what they and others see of it. */
    async sender(settings: Partial<Mailbox> = {}) {
      const sender = await seedSender(dependencies, dovecot, smtp.port, settings);
      return { ...sender, ...lookAt(dependencies, dovecot, sender) };
    },
    async stop() {
      await worker.stop();
      await temporal.stop();
      await Promise.all([smtp.stop(), dovecot.stop(), made.stop()]);
    },
  };
}

export type MailHarness = Awaited<ReturnType<typeof startMailHarness>>;
export type SenderBench = Awaited<ReturnType<MailHarness['sender']>>;
