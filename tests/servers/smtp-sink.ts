import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { MailCertificate } from './mail-certificate.ts';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came over the wire. */
  source: string;
}

export interface SmtpSink {
  port: number;
  password: string;
  received: ReceivedMail[];
  stop(): Promise<void>;
}

/**
 * An SMTP server that takes every mail of whoever signs in with its password, with TLS from the first byte unless told.
 * @param faults hooks of smtp-server's own, for what goes wrong
 */
export async function startSmtpSink(
  certificate: MailCertificate,
  { implicitTls = true, ...faults }: SMTPServerOptions & { implicitTls?: boolean } = {},
): Promise<SmtpSink> {
  const [key, cert] = await Promise.all([readFile(certificate.key), readFile(certificate.cert)]);
  const password = 'smtp-password-0123';
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    secure: implicitTls,
    key,
    cert,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    onAuth({ username, password: given, accessToken }, _session, callback) {
      if (given === password || accessToken === password) callback(null, { user: username });
      else callback(new Error('5.7.8 not you'));
    },
    onData(stream, { envelope }, callback) {
      buffer(stream).then((source) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), source: source.toString('latin1') });
        callback(null);
      }, callback);
    },
    ...faults,
  });
  // A client that breaks off fails its own call.
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    password,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
