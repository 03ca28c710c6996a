import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { MailServer } from '../domain/mailbox.ts';
import type { Dialer } from './dialer.ts';
import { dialFailure, MailServerError, oneLine } from './mail-server-error.ts';

/** A mail server answers within this, or is away: for the connection, and again for TLS. */
export const MAIL_CONNECT_TIMEOUT_MS = 15_000;

/**
 * Connects to a mail server, without TLS as yet. Invariant 2: the dialer decides which address is dialled.
 * @throws MailServerError
 */
export function dialMailServer(dialer: Dialer, server: MailServer): Promise<Socket> {
  const hostname = isIP(server.host) === 6 ? `[${server.host}]` : server.host;
  // The scheme is the dialer's word for "no TLS by you".
  const target = { protocol: 'http:', hostname, host: `${hostname}:${server.port}`, port: String(server.port) };
  return new Promise((resolve, reject) => {
    dialer(MAIL_CONNECT_TIMEOUT_MS)(target, (error, socket) => {
      if (error !== null) reject(dialFailure(server, error));
      else resolve(socket);
    });
  });
}

/** What `node:tls` needs to check the server's certificate against the name that was asked for. */
export function tlsOptionsFor({ host }: Pick<MailServer, 'host'>) {
  return { host, ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2' as const };
}

/**
 * Begins TLS on a connection.
 * @throws MailServerError
 */
export function beginTls(socket: Socket, server: MailServer): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({ socket, ...tlsOptionsFor(server) });
    const fail = (why: string, cause?: Error) => {
      clearTimeout(deadline);
      secured.destroy();
      reject(new MailServerError(server, 'tls', why, cause));
    };
    const deadline = setTimeout(() => fail('the server does not answer in time'), MAIL_CONNECT_TIMEOUT_MS);
    secured.once('error', (error) => fail(tlsReason(error), error));
    secured.once('close', () => fail('the server closed the connection'));
    secured.once('secureConnect', () => {
      clearTimeout(deadline);
      secured.removeAllListeners('error').removeAllListeners('close');
      resolve(secured);
    });
  });
}

function tlsReason(error: NodeJS.ErrnoException): string {
  return error.code === 'ERR_SSL_WRONG_VERSION_NUMBER'
    ? 'the server does not begin with TLS on this port. Check the port, or use "starttls"'
    : oneLine(error.message);
}
