import { createTransport } from 'nodemailer';
import type { Dependencies } from '../dependencies.ts';

export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}

/** Whether the system can send mail of its own. */
export function canSendMail({ config }: Pick<Dependencies, 'config'>): boolean {
  return config.SMTP_URL !== undefined;
}

function senderOf(smtpUrl: URL, publicUrl: string): string {
  const user = decodeURIComponent(smtpUrl.username);
  return user.includes('@') ? user : `no-reply@${new URL(publicUrl).hostname}`;
}

/**
 * Sends the system's own mail through `SMTP_URL`.
 * @throws Error when the server does not take it
 */
export async function sendMail({ config }: Pick<Dependencies, 'config'>, mail: Mail): Promise<void> {
  if (config.SMTP_URL === undefined) throw new Error('SMTP_URL is not set.');
  const transport = createTransport({
    url: config.SMTP_URL,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  });
  const address = senderOf(new URL(config.SMTP_URL), config.publicUrl);
  try {
    await transport.sendMail({ ...mail, from: { name: 'AgentGateway', address } });
  } finally {
    transport.close();
  }
}
