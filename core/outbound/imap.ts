import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ImapFlow, type ImapTransport, type ImapTransportSocket } from 'imapflow';
import type { MailServer } from '../domain/mailbox.ts';
import type { Dialer } from './dialer.ts';
import { MailServerError } from './mail-server-error.ts';
import { beginTls, dialMailServer, tlsOptionsFor } from './mail-socket.ts';
import { serverWords } from './server-words.ts';

/** Who signs in, and with what; it stays in memory (invariant 1). */
export type MailLogin = { user: string } & ({ password: string } | { accessToken: string });

const GREETING_TIMEOUT_MS = 15_000;
/** A server that says nothing for so long while it should is away. */
const SILENCE_MS = 40_000;
const MIB = 1_048_576;

const logins = new WeakMap<ImapFlow, MailLogin>();

/**
 * Connects to an IMAP server through the network guard and signs in. The connection does not idle by itself.
 * @returns a client that the caller closes
 * @throws MailServerError
 */
export async function connectImap(dialer: Dialer, server: MailServer, login: MailLogin): Promise<ImapFlow> {
  const plain = await dialMailServer(dialer, server);
  const socket = server.tls === 'implicit' ? await beginTls(plain, server) : plain;
  const { user, ...secret } = login;
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    doSTARTTLS: server.tls === 'starttls',
    transport: transportOver(socket),
    auth: { user, ...('password' in secret ? { pass: secret.password } : secret) },
    // Its log would hold what people wrote.
    logger: false,
    clientInfo: { name: 'AgentGateway' },
    disableAutoIdle: true,
    qresync: true,
    // A server that cannot decode one part refuses all that are asked for with it.
    disableBinary: true,
    connectionTimeout: GREETING_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    maxLineLength: 16 * MIB,
    maxLiteralSize: 16 * MIB,
    maxResponseSize: 64 * MIB,
  });
  logins.set(client, login);
  // Every failure is also told by the call that it fails.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    socket.destroy();
    throw connectFailure(server, client, error as Error);
  }
}

/** The library speaks over the connection that the guard's dialer made, and never makes one. */
function transportOver(socket: Socket): ImapTransport {
  return {
    connect(_options, onConnect) {
      setImmediate(onConnect);
      return socket as ImapTransportSocket;
    },
    upgrade(plain, { host }, onSecure) {
      return connectTls({ socket: plain, ...tlsOptionsFor({ host }) }, onSecure);
    },
  };
}

interface ImapFailure extends Error {
  code?: string;
  authenticationFailed?: boolean;
  tlsFailed?: boolean;
}

/** The words by which a server failed a command, as they may be stored and shown. */
export function imapWords(client: ImapFlow, error: unknown): string {
  const { responseText, message } = error as { responseText?: string; message?: string };
  return serverWords(String(responseText ?? message ?? 'no answer'), logins.get(client) ?? null);
}

/** The library's error stays here: it holds the server's words as they came. */
function connectFailure(server: MailServer, client: ImapFlow, error: ImapFailure): MailServerError {
  const answer = imapWords(client, error);
  if (error.authenticationFailed) {
    return new MailServerError(server, 'sign_in', `the server refused user name and secret ("${answer}")`);
  }
  const step = error.tlsFailed || /CERT|TLS|SSL/.test(error.code ?? '') ? 'tls' : 'connect';
  return new MailServerError(server, step, answer);
}
