import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import type { MailServer } from '../../../core/domain/mailbox.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer, type Resolve } from '../../../core/outbound/dialer.ts';
import { connectImap } from '../../../core/outbound/imap.ts';
import { smtpSettings } from '../../../core/outbound/smtp.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { type SmtpSink, startSmtpSink } from '../../servers/smtp-sink.ts';

describeNeeding(['dovecot'], 'mail servers', () => {
  let dovecot: DovecotServer;
  let smtp: SmtpSink;
  let smtpStartTls: SmtpSink;

  beforeAll(async () => {
    dovecot = await startTestDovecot();
    smtp = await startSmtpSink(dovecot.certificate);
    smtpStartTls = await startSmtpSink(dovecot.certificate, { implicitTls: false });
  });
  afterAll(async () => {
    await Promise.all([smtp?.stop(), smtpStartTls?.stop()]);
    await dovecot?.stop();
  });

  const loopback = createAddressGuard(['127.0.0.0/8']);
  const answering =
    (address: string): Resolve =>
    async () => [{ address, family: 4 }];
  const dialer = createDialer({ guard: loopback, resolve: answering('127.0.0.1') });
  const imap = (server: Partial<MailServer> = {}): MailServer => ({
    protocol: 'IMAP',
    host: 'localhost',
    port: dovecot.ports.imaps,
    tls: 'implicit',
    ...server,
  });
  const attempt = (server: MailServer, password = dovecot.password, through = dialer) =>
    connectImap(through, server, { user: 'anna@mail.test', password });

  test.each([
    ['implicit', () => imap()],
    ['starttls', () => imap({ port: dovecot.ports.imap, tls: 'starttls' })],
  ] as const)('signs in with TLS: %s', async (_tls, server) => {
    const client = await attempt(server());
    expect(client.usable).toBe(true);
    expect([...client.enabled]).toContain('QRESYNC');
    await client.logout();
  });

  test('invariant 2: what the name server says is checked, and what was checked is dialled', async () => {
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    };
    const client = await attempt(imap(), dovecot.password, createDialer({ guard: loopback, resolve }));
    await client.logout();
    expect(asked).toBe(1);
    const inside = createDialer({ guard: loopback, resolve: answering('10.0.0.1') });
    await expect(attempt(imap(), dovecot.password, inside)).rejects.toMatchObject({ step: 'resolve', forbidden: true });
    const transport = createTransport(smtpSettings(inside, smtpServer(smtp), smtpLogin));
    await expect(transport.verify()).rejects.toMatchObject({ step: 'resolve', forbidden: true });
  });

  test('a failure names the step at which it came', async () => {
    const steps = async (...attempts: Promise<unknown>[]) =>
      (await Promise.allSettled(attempts)).map((outcome) => outcome.status === 'rejected' && outcome.reason.step);
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port: closedPort } = nobody.address() as AddressInfo;
    nobody.close();
    expect(
      await steps(
        attempt(imap(), dovecot.password, createDialer({ guard: loopback, resolve: unknownName })),
        attempt(imap({ port: closedPort })),
        attempt(imap({ host: 'another.test' })),
        attempt(imap({ port: dovecot.ports.imap })),
        attempt(imap({ host: 'another.test', port: dovecot.ports.imap, tls: 'starttls' })),
        attempt(imap(), 'wrong'),
      ),
    ).toEqual(['resolve', 'connect', 'tls', 'tls', 'tls', 'sign_in']);
  });

  const unknownName: Resolve = async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  };

  const smtpServer = ({ port }: SmtpSink, server: Partial<MailServer> = {}): MailServer => ({
    protocol: 'SMTP',
    host: 'localhost',
    port,
    tls: 'implicit',
    ...server,
  });
  const smtpLogin = { user: 'anna@mail.test', password: 'smtp-password-0123' };

  test.each([
    ['implicit', () => smtpServer(smtp)],
    ['starttls', () => smtpServer(smtpStartTls, { tls: 'starttls' })],
  ] as const)('nodemailer sends with TLS: %s', async (_tls, server) => {
    const transport = createTransport(smtpSettings(dialer, server(), smtpLogin));
    await transport.sendMail({ from: 'anna@mail.test', to: 'ben@mail.test', subject: 'Hello', text: 'Hello' });
    expect([...smtp.received, ...smtpStartTls.received].at(-1)).toMatchObject({ to: ['ben@mail.test'] });
  });

  test('nothing is said to an SMTP server without TLS, or whose certificate has another name', async () => {
    const plain = await startSmtpSink(dovecot.certificate, {
      implicitTls: false,
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
    });
    const verify = (server: MailServer) => createTransport(smtpSettings(dialer, server, smtpLogin)).verify();
    await expect(verify(smtpServer(plain, { tls: 'starttls' }))).rejects.toMatchObject({ code: 'ETLS' });
    await expect(verify(smtpServer(smtp, { host: 'another.test' }))).rejects.toThrow(/certificate|altnames/i);
    await plain.stop();
  });
});
