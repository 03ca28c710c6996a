import { createTransport, type NodemailerError } from 'nodemailer';
import type { Dependencies } from '../dependencies.ts';
import { watchHandover } from './mail-handover.ts';

export interface Mail {
  /** One address or several, which then stand in one mail. */
  to: string | string[];
  subject: string;
  /** Plain text. */
  text: string;
  /** The same for those who prefer it. */
  html?: string;
  /** Before the `@` of the Message-ID; left out: made up. */
  id?: string;
  /** The same of earlier mails that it belongs to. */
  references?: string;
}

/**
 * The mail did not arrive, or nobody knows. `refused`: it never will. `later`: the server may take it another time.
 * `unknown`: the server has it perhaps (invariant 5). The message holds nothing that the server wrote but numbers.
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly outcome: 'refused' | 'later' | 'unknown';

  constructor(outcome: MailError['outcome'], message: string, cause?: unknown) {
    super(message, { cause });
    this.outcome = outcome;
  }
}

/** What the server took, of several addresses. */
export interface MailReceipt {
  /** Those that it may take another time. */
  deferred: string[];
  /** Those that it never will. */
  refused: string[];
}

/** However slowly a server answers, no sending takes longer. */
const LONGEST_SENDING_MS = 60_000;

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
 * @throws MailError when the server does not take it, or nobody can tell
 */
export async function sendMail(
  { config }: Pick<Dependencies, 'config'>,
  { id, references, ...mail }: Mail,
): Promise<MailReceipt> {
  if (config.SMTP_URL === undefined) throw new MailError('refused', 'SMTP_URL is not set.');
  const transport = createTransport({
    url: config.SMTP_URL,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  });
  const handover = watchHandover(transport);
  const { hostname } = new URL(config.publicUrl);
  try {
    const { rejectedErrors = [] } = await transport.sendMail({
      ...mail,
      from: { name: 'AgentGateway', address: senderOf(new URL(config.SMTP_URL), config.publicUrl) },
      ...(id !== undefined && { messageId: `<${id}@${hostname}>` }),
      ...(references !== undefined && { references: `<${references}@${hostname}>` }),
      // No out-of-office reply is wanted (RFC 3834 §5).
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(LONGEST_SENDING_MS),
    });
    return {
      deferred: rejectedErrors.filter((error) => !isLasting(error)).flatMap(({ recipient }) => recipient ?? []),
      refused: rejectedErrors.filter(isLasting).flatMap(({ recipient }) => recipient ?? []),
    };
  } catch (error) {
    throw toMailError(error as NodemailerError, handover.hasBegun);
  } finally {
    transport.close();
  }
}

/** Wrong credentials are the operator's mistake, which they will mend. */
function isLasting({ permanent, code }: NodemailerError): boolean {
  return permanent === true && code !== 'EAUTH';
}

/** Once the mail has begun to go out only the server's word on it is one; a 421 may have other reasons. */
function toMailError(error: NodemailerError, hasBegun: boolean): MailError {
  const isAnswer = error.responseCode !== undefined && error.responseCode >= 400;
  if (isAnswer && (!hasBegun || error.code === 'EMESSAGE')) {
    const reason = `The mail server answered ${error.responseCode} to ${error.command ?? 'the connection'}.`;
    return new MailError(isLasting(error) ? 'refused' : 'later', reason, error);
  }
  if (hasBegun) {
    return new MailError(
      'unknown',
      'The connection to the mail server ended before it said whether it took the mail.',
      error,
    );
  }
  return new MailError(
    'later',
    `The mail server could not be reached (${error.originalCode ?? error.code ?? error.name}).`,
    error,
  );
}
