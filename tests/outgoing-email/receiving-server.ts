import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** What a mail meets on its way in; each happens so often, then no more. */
export interface ReceivingFaults {
  /** 450 to RCPT TO, as greylisting answers (RFC 6647). */
  greylist: number;
  /** 550 to RCPT TO of this address, as often as it comes. */
  refuseRecipient: string | null;
  /** This answer to MAIL FROM. */
  answerMail: { code: number; times: number };
  /** This answer to the final dot: the mail is not taken. */
  answerDot: { code: number; times: number };
  /** The connection is cut within the message. */
  dropBeforeDot: number;
  /** The mail is taken and the connection cut without a word. */
  dropAfterDot: number;
  /** The mail is not taken, and the connection cut without a word. */
  dropUntaken: number;
  /** So long until the final dot is answered, in milliseconds. */
  slowMs: number;
}

export interface ReceivedMail {
  messageId: string;
  from: string;
  to: string[];
  source: string;
}

const NO_FAULTS: ReceivingFaults = {
  greylist: 0,
  refuseRecipient: null,
  answerMail: { code: 0, times: 0 },
  answerDot: { code: 0, times: 0 },
  dropBeforeDot: 0,
  dropAfterDot: 0,
  dropUntaken: 0,
  slowMs: 0,
};

const answer = (code: number, message: string) => Object.assign(new Error(message), { responseCode: code });

/** An SMTP server that keeps what it takes, and goes wrong as told. */
export async function startReceivingServer(
  options: SMTPServerOptions = { disabledCommands: ['STARTTLS', 'AUTH'] },
  port = 0,
) {
  const faults: ReceivingFaults = structuredClone(NO_FAULTS);
  const received: ReceivedMail[] = [];
  const sockets = new Map<string, Socket>();
  const cut = (id: string) => sockets.get(id)?.destroy();
  const server = new SMTPServer({
    disableReverseLookup: true,
    ...options,
    onMailFrom(_address, _session, callback) {
      if (faults.answerMail.times-- > 0) return callback(answer(faults.answerMail.code, 'Not now'));
      callback();
    },
    onRcptTo({ address }, _session, callback) {
      if (address === faults.refuseRecipient) return callback(answer(550, '5.1.1 No such person'));
      if (faults.greylist-- > 0) return callback(answer(450, '4.2.0 Greylisted, come again'));
      callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (faults.dropBeforeDot-- > 0) cut(session.remotePort.toString());
      });
      stream.on('end', () => {
        const remote = session.remotePort.toString();
        if (faults.dropUntaken-- > 0) return cut(remote);
        if (faults.answerDot.times-- > 0) return callback(answer(faults.answerDot.code, 'The message is not taken'));
        const source = Buffer.concat(chunks).toString('utf8');
        received.push({
          messageId: /^message-id: <([^>]+)>/im.exec(source)?.[1] ?? '',
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          source,
        });
        if (faults.dropAfterDot-- > 0) return cut(remote);
        setTimeout(callback, faults.slowMs, null, 'taken');
      });
    },
  });
  server.on('error', () => {});
  server.server.on('connection', (socket: Socket) => {
    sockets.set(
      String(socket.remotePort),
      socket.on('error', () => {}),
    );
    socket.once('close', () => sockets.delete(String(socket.remotePort)));
  });
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    faults,
    received,
    reset: () => {
      Object.assign(faults, structuredClone(NO_FAULTS));
      received.length = 0;
    },
    async stop() {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

export type ReceivingServer = Awaited<ReturnType<typeof startReceivingServer>>;
