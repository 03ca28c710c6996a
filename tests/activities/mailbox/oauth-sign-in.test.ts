import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import type { Caller } from '../../../core/domain/caller.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../../core/outbound/outbound-agent.ts';
import { createMailAccess } from '../../../core/services/mail-access.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type Answer, call } from '../../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { seedCaller } from '../../servers/seed.ts';
import { type SmtpSink, startSmtpSink } from '../../servers/smtp-sink.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';
import { startTokenServer, type TokenServer } from '../../servers/token-server.ts';

const ADDRESS = 'support@mail.test';

describeNeeding(['dovecot'], 'a mailbox that signs in with OAuth', () => {
  let tokens: TokenServer;
  let dovecot: DovecotServer;
  let smtp: SmtpSink;
  let stack: TestDependencies;
  let admin: Caller;
  let mailbox: Mailbox;
  beforeAll(async () => {
    tokens = await startTokenServer(ADDRESS);
    dovecot = await startTestDovecot(tokens);
    smtp = await startSmtpSink(dovecot.certificate, {
      onAuth({ username, accessToken }, _session, callback) {
        if (tokens.state.issued.includes(accessToken ?? '')) callback(null, { user: username });
        else callback(new Error('5.7.8 not you'));
      },
    });
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    admin = await seedCaller(stack.dependencies.database, 'admin');
  });
  afterAll(async () => {
    await stack?.stop();
    await smtp?.stop();
    await dovecot?.stop();
    await tokens?.stop();
  });

  const run = (name: string, input: object): Promise<Answer> => call(stack.dependencies, admin, name, input);
  /** What another process of the installation reaches mailboxes by. */
  const anotherProcess = () => {
    const { config } = stack.dependencies;
    const dialer = createDialer({ guard: createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS) });
    return createMailAccess({ ...stack.dependencies, dialer, tokenAgent: createOutboundAgent(dialer) });
  };

  test('is connected, read and written from with access tokens alone', async () => {
    await run('create_credential', {
      name: 'support-grant',
      value: tokens.state.refreshToken,
      allowed_hosts: [new URL(tokens.tokenUrl).origin, 'localhost'],
    });
    const { mailbox: made, steps } = await run('create_mailbox', {
      address: ADDRESS,
      imap: { host: 'localhost', port: dovecot.ports.imaps },
      smtp: { host: 'localhost', port: smtp.port },
      credential: 'support-grant',
      auth: { kind: 'oauth2', grant: 'refresh_token', token_url: tokens.tokenUrl, client_id: 'agentgateway' },
    });
    expect(steps.every(({ outcome }: { outcome: string }) => outcome === 'ok')).toBe(true);
    // Both servers, one token.
    expect(tokens.state.issued).toHaveLength(1);
    mailbox = await stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.mailbox.findUniqueOrThrow({ where: { id: made.id } }),
    );
    expect(await syncMailboxOnce(stack.dependencies, mailbox)).toEqual({ outcome: 'again' });
    const transport = createTransport(await stack.dependencies.mail.smtpSettings(mailbox));
    await transport.sendMail({ from: ADDRESS, to: 'ben@mail.test', subject: 'Hello', text: 'Hello' });
    expect(smtp.received).toHaveLength(1);
  });

  test('keeps the refresh token that takes another’s place, and no two processes show the same', async () => {
    const processes = Array.from({ length: 5 }, anotherProcess);
    const clients = await Promise.all(processes.map((mail) => mail.openImap(mailbox)));
    for (const client of clients) client.close();
    expect([tokens.state.issued.length, tokens.state.isRevoked]).toEqual([6, false]);
    const { versions, fingerprint } = (await run('get_credential', { credential: 'support-grant' })).credential;
    expect(versions).toMatchObject([{ state: 'current' }]);
    expect(tokens.state.refreshToken.endsWith(fingerprint.slice(-4))).toBe(true);
    expect(await run('test_mailbox', { mailbox: ADDRESS })).toMatchObject({ works: true });
    const replaced = await stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
      transaction.auditEvent.count({ where: { action: 'replace_refresh_token', targetName: 'support-grant' } }),
    );
    expect(replaced).toBe(tokens.state.issued.length);
  });

  test('a grant that is gone is refused; a token server that is away has refused nothing', async () => {
    tokens.state.isRevoked = true;
    await expect(anotherProcess().openImap(mailbox)).rejects.toMatchObject({
      step: 'sign_in',
      message: expect.stringMatching(/no access token: the token server answered 400$/),
    });
    await tokens.stop();
    await expect(anotherProcess().openImap(mailbox)).rejects.toMatchObject({
      step: 'connect',
      message: expect.stringMatching(/no access token: the token server could not be reached/),
    });
  });
});
