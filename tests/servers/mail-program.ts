import { ImapFlow } from 'imapflow';

/** A real IMAP server of a test's own, whose certificate this process trusts. */
export interface ImapServer {
  ports: { imaps: number };
  password: string;
  certificate: { key: string; cert: string };
  /** Another client at a user's mailbox, as a person's mail program is one; whoever asks closes it. */
  connect(user: string): Promise<ImapFlow>;
  stop(): Promise<void>;
}

export async function connectMailProgram(port: number, user: string, password: string): Promise<ImapFlow> {
  const auth = { user, pass: password };
  const client = new ImapFlow({ host: 'localhost', port, secure: true, auth, logger: false });
  client.on('error', () => {});
  await client.connect();
  return client;
}
