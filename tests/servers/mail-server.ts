import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface MailServer {
  /** For `SMTP_URL`. */
  url: string;
  /** The next mail that comes in, as it was sent. */
  nextMail(): Promise<string>;
  stop(): Promise<void>;
}

/** As much of an SMTP server (RFC 5321) as takes a mail in. */
export async function startMailServer(): Promise<MailServer> {
  const mails: string[] = [];
  const server = createServer((socket) => {
    receive(socket, (mail) => {
      mails.push(mail);
      server.emit('mail');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async nextMail() {
      while (mails.length === 0) await once(server, 'mail');
      return mails.shift() ?? '';
    },
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(socket: Socket, deliver: (mail: string) => void): Promise<void> {
  const answer = (line: string) => socket.write(`${line}\r\n`);
  let mail: string[] | null = null;
  answer('220 mail.test');
  for await (const line of createInterface({ input: socket })) {
    if (mail === null) {
      const command = line.slice(0, 4).toUpperCase();
      if (command === 'DATA') mail = [];
      answer({ DATA: '354 go on', QUIT: '221 bye' }[command] ?? '250 ok');
      if (command === 'QUIT') socket.end();
    } else if (line === '.') {
      deliver(mail.join('\n'));
      mail = null;
      answer('250 taken');
    } else {
      mail.push(line);
    }
  }
}
