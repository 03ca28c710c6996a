import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/**
 * Where a server fails a mail: by a reply, or by dropping the connection, at DATA before it says 354, in the middle when
 * the first of the mail has come, at the dot when it has it whole. Each is used up by one mail.
 */
export type SmtpFault =
  | { at: 'connection' | 'dot'; reply: number }
  | { at: 'rcpt'; reply: number; of?: string }
  | { at: 'rcpt' | 'data' | 'middle' | 'dot'; drops: true };

export interface SmtpTestServer {
  /** For `SMTP_URL`. */
  url: string;
  /** Every mail that came in whole, whatever was answered, as it was sent. */
  mails: { to: string[]; raw: string; accepted: boolean }[];
  /** The next mails' faults, in order; then it takes everything. */
  faults: (SmtpFault | null)[];
  stop(): Promise<void>;
}

/** An SMTP server written by others, which fails where a test wants. */
export async function startSmtpServer(): Promise<SmtpTestServer> {
  const mails: SmtpTestServer['mails'] = [];
  const faults: SmtpTestServer['faults'] = [];
  let fault: SmtpFault | null = null;
  const failure = (reply: number) => Object.assign(new Error('as the test wants'), { responseCode: reply });
  const drop = () => {
    const { connections } = server as unknown as { connections: Set<{ _socket: { destroy(): void } }> };
    for (const { _socket } of connections) _socket.destroy();
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_session, done) {
      fault = faults.shift() ?? null;
      done(fault?.at === 'connection' && 'reply' in fault ? failure(fault.reply) : null);
    },
    onRcptTo({ address }, _session, done) {
      if (fault?.at !== 'rcpt') return done();
      if ('drops' in fault) return drop();
      done(fault.of === undefined || fault.of === address ? failure(fault.reply) : null);
    },
    async onData(stream, { envelope }, done) {
      if (fault?.at === 'data' && 'drops' in fault) return drop();
      if (fault?.at === 'middle') return void stream.once('data', drop);
      // A sender that dies half-way has sent nothing.
      const raw = await text(stream).catch(() => null);
      if (raw === null) return;
      const reply = fault?.at === 'dot' && 'reply' in fault ? fault.reply : null;
      mails.push({ to: envelope.rcptTo.map(({ address }) => address), raw, accepted: reply === null });
      if (fault?.at === 'dot' && 'drops' in fault) return drop();
      done(reply === null ? null : failure(reply));
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    faults,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
