import { createTransport } from 'nodemailer';
import type { MailServer } from '../domain/mailbox.ts';
import { PublicError } from '../errors.ts';
import type { Dialer } from '../outbound/dialer.ts';
import { connectImap, imapWords, type MailLogin } from '../outbound/imap.ts';
import { MAIL_STEPS, MailServerError, type MailStep } from '../outbound/mail-server-error.ts';
import { smtpFailure, smtpSettings } from '../outbound/smtp.ts';

/** One step of a trial; `message` tells why it failed. */
export interface TrialStep {
  server: MailServer['protocol'];
  step: MailStep;
  outcome: 'ok' | 'failed' | 'not_tried';
  message: string | null;
}

/** Signs in at a mailbox's servers as at a trial. */
export type SignIn = (server: MailServer) => Promise<MailLogin>;

/** Does all that syncing and sending need, but reads and sends nothing. Both servers are tried, whatever the first says. */
export async function tryMailbox(
  dialer: Dialer,
  { imap, smtp }: { imap: MailServer; smtp: MailServer },
  signIn: SignIn,
): Promise<TrialStep[]> {
  const [imapSteps, smtpSteps] = await Promise.all([
    steps(imap, MAIL_STEPS, async () => {
      const client = await connectImap(dialer, imap, await signIn(imap));
      try {
        await findInbox(client, imap);
        await client.logout();
      } finally {
        client.close();
      }
    }),
    steps(smtp, ['resolve', 'connect', 'tls', 'sign_in'], async () => {
      const settings = smtpSettings(dialer, smtp, await signIn(smtp));
      const transport = createTransport(settings);
      await transport.verify().catch((error: Error) => {
        throw smtpFailure(smtp, settings, error);
      });
    }),
  ]);
  return [...imapSteps, ...smtpSteps];
}

async function findInbox(client: Awaited<ReturnType<typeof connectImap>>, imap: MailServer): Promise<void> {
  const folders = await client.list().catch((error: Error) => {
    throw new MailServerError(imap, 'folders', imapWords(client, error));
  });
  if (!folders.some(({ specialUse }) => specialUse === '\\Inbox')) {
    throw new MailServerError(imap, 'folders', 'the server lists no inbox');
  }
}

async function steps(server: MailServer, all: readonly MailStep[], attempt: () => Promise<void>): Promise<TrialStep[]> {
  const failure = await attempt().then(
    () => null,
    (error: unknown) => failureOf(server, error),
  );
  const failedAt = failure === null ? all.length : all.indexOf(failure.step);
  return all.map((step, at) => ({
    server: server.protocol,
    step,
    outcome: at < failedAt ? 'ok' : at === failedAt ? 'failed' : 'not_tried',
    message: at === failedAt ? (failure?.message ?? null) : null,
  }));
}

function failureOf(server: MailServer, error: unknown): MailServerError {
  if (error instanceof MailServerError) {
    if (error.forbidden) throw new PublicError('upstream_forbidden', error.message);
    return error;
  }
  if (error instanceof PublicError) throw error;
  return new MailServerError(server, 'connect', (error as Error).message, error);
}

/**
 * What was saved untried would fail in silence later.
 * @throws PublicError `mailbox_unusable` with the steps
 */
export function requireUsable(trial: readonly TrialStep[]): void {
  const failed = trial.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return;
  const why = failed.map(({ message }) => message).join(' ');
  throw new PublicError('mailbox_unusable', `Nothing was saved. ${why}`, { members: { steps: trial } });
}
