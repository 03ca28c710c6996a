import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { watch } from '../../../activities/mailbox-sync.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';
import { openTcpGate, type TcpGate } from '../../servers/tcp-gate.ts';

describeNeeding(['dovecot'], 'a connection that died without a word', () => {
  let dovecot: DovecotServer;
  let gate: TcpGate;
  let stack: TestDependencies;
  let mailbox: Mailbox;
  beforeAll(async () => {
    dovecot = await startTestDovecot();
    gate = await openTcpGate({ host: '127.0.0.1', port: dovecot.ports.imaps });
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    const admin = await seedCaller(stack.dependencies.database, 'admin');
    const behindGate = { ...dovecot, ports: { ...dovecot.ports, imaps: gate.port } };
    mailbox = await seedMailbox(stack.dependencies, admin, { dovecot: behindGate, address: 'support@mail.test' });
  });
  afterAll(async () => {
    await stack?.stop();
    await gate?.shut();
    await dovecot?.stop();
  });

  const row = () =>
    stack.dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
      transaction.mailbox.findUniqueOrThrow({ where: { id: mailbox.id } }),
    );

  test('is found out within a minute, and the mailbox reached by another', async () => {
    const { organizationId, id: mailboxId } = mailbox;
    const watching = watch(stack.dependencies, { organizationId, mailboxId }, new AbortController().signal);
    while ((await row()).syncState !== 'live') await new Promise(setImmediate);
    const begun = performance.now();
    gate.stall();
    expect(await watching).toMatchObject({ outcome: 'lost' });
    expect(performance.now() - begun).toBeLessThan(60_000);
    expect(await row()).toMatchObject({
      syncState: 'failing',
      syncError: 'The connection to the IMAP server was lost.',
    });
    expect(await syncMailboxOnce(stack.dependencies, mailbox)).toEqual({ outcome: 'again' });
    expect(await row()).toMatchObject({ syncState: 'live', syncError: null });
  });
});
