import { setTimeout as pause } from 'node:timers/promises';
import {
  type EmailSending,
  HAND_OVER,
  TRANSMIT_HOURS,
  type Transmission,
  transmitAgainSeconds,
} from '../core/domain/outgoing-email.ts';
import { allRecipients } from '../core/domain/recipient.ts';
import { HOUR_MS } from '../core/domain/times.ts';
import { composeMessage, type EmailContent } from '../core/outgoing-email/compose.ts';
import { type HandoverVerdict, handOver } from '../core/outgoing-email/hand-over.ts';
import { beginStep, tryAgainLater } from '../core/services/long-running.ts';
import { letterheadOf, openOutgoing } from '../core/services/outgoing-emails.ts';
import type { OutgoingEmail } from '../core/store/generated/client.ts';
import { type SendingDependencies, type SendingRows, settleSent, withSending } from './email-sending-rows.ts';
import { inPlaceOf } from './mail-places.ts';
import { asTrouble, MailboxTrouble } from './mailbox-trouble.ts';

/** The one try to hand a mail over, among all that were ever begun, which may go on. */
interface Claim extends Pick<SendingRows, 'email' | 'mailbox'> {
  attempt: number;
  content: EmailContent;
}

const RECORD_AGAIN_MS = 1_000;

/** It was cancelled, or another try has taken its place: the final dot is not sent. */
class Overtaken extends Error {}

export function createEmailTransmissionActivities(dependencies: SendingDependencies) {
  return {
    /**
     * Hands the mail over, once. Invariant 5: that the final dot is about to leave is on disk before it does, and only
     * the newest try that finds no such mark may write one. Whoever finds the mark later, and no word of the server's,
     * sends nothing: the mail is `unknown`.
     */
    async transmitEmail(sending: EmailSending): Promise<Transmission> {
      await dependencies.vault.prepare(sending.organizationId);
      const claimed = await claim(dependencies, sending);
      if ('outcome' in claimed) return claimed;
      const verdict = await attemptHandover(dependencies, sending, claimed);
      if (verdict === 'overtaken') return look(dependencies, sending);
      // Only this process knows the server's word, so it does not give up writing it down.
      for (;;) {
        try {
          return await record(dependencies, sending, { ...claimed, verdict });
        } catch (error) {
          dependencies.log.warn(
            { err: error, operation_id: sending.operationId },
            'what became of a mail is not on record yet',
          );
          await pause(RECORD_AGAIN_MS);
        }
      }
    },

    /** What became of a try of which nothing was heard. */
    lookAtTransmission: (sending: EmailSending): Promise<Transmission> => look(dependencies, sending),
  };
}

function look(dependencies: SendingDependencies, sending: EmailSending): Promise<Transmission> {
  return withSending(dependencies, sending, async (_transaction, { email, isStopped }): Promise<Transmission> => {
    if (email.state === 'sent') return { outcome: 'done' };
    if (email.handedOverAt !== null) return { outcome: 'unknown' };
    if (isStopped) return { outcome: 'stop' };
    return { outcome: 'later', retryAfterSeconds: transmitAgainSeconds(email.attempt) };
  });
}

/** Makes this the only try that may go on, or tells what became of the mail. */
function claim(dependencies: SendingDependencies, sending: EmailSending): Promise<Claim | Transmission> {
  return withSending(dependencies, sending, async (transaction, rows): Promise<Claim | Transmission> => {
    const { email, mailbox, operation, isStopped } = rows;
    if (email.state === 'sent') return { outcome: 'done' };
    if (email.handedOverAt !== null) return { outcome: 'unknown' };
    if (isStopped || email.state !== 'sending') return { outcome: 'stop' };
    if (mailbox.deletedAt !== null) return { outcome: 'refused', why: `The mailbox ${mailbox.address} was deleted.` };
    const since = email.datedAt?.getTime() ?? dependencies.now();
    if (email.attempt > 0 && dependencies.now() - since > TRANSMIT_HOURS * HOUR_MS) {
      const why = `The server did not take it within ${TRANSMIT_HOURS} hours. It last said: ${email.serverAnswer ?? 'nothing'}`;
      return { outcome: 'refused', why };
    }
    const content = await openOutgoing(dependencies.vault, email);
    if (content === null) return { outcome: 'refused', why: 'Its text is not kept any more.' };
    await beginStep(transaction, operation.id, 'transmit');
    const attempt = email.attempt + 1;
    await transaction.outgoingEmail.update({ where: { id: email.id }, data: { attempt } });
    return { email, mailbox, attempt, content };
  });
}

async function attemptHandover(
  dependencies: SendingDependencies,
  sending: EmailSending,
  { email, mailbox, attempt, content }: Claim,
): Promise<HandoverVerdict | 'overtaken'> {
  const message = await composeMessage(content, letterheadOf(email, mailbox), { keepBcc: false });
  const envelope = { from: mailbox.address, to: allRecipients(content).map(({ address }) => address) };
  try {
    const verdict = await inPlaceOf(mailbox.organizationId, async () => {
      const settings = await dependencies.mail.smtpSettings(mailbox);
      const beforeFinalDot = () => markHandedOver(dependencies, sending, attempt);
      return handOver(settings, { envelope, message, beforeFinalDot });
    });
    const answer = 'many mails of this organization are being handed over';
    return verdict ?? { kind: 'not_taken', isTemporary: true, answer };
  } catch (error) {
    if (error instanceof Overtaken) return 'overtaken';
    const trouble = asTrouble(error);
    if (trouble instanceof MailboxTrouble) {
      return { kind: 'not_taken', isTemporary: !trouble.isLasting, answer: trouble.message };
    }
    dependencies.log.warn({ err: error, operation_id: sending.operationId }, 'a mail waits');
    return { kind: 'not_taken', isTemporary: true, answer: 'something of our own is away' };
  }
}

/** @throws Overtaken; anything else leaves open whether the mark is written, and then no dot follows it */
function markHandedOver(dependencies: SendingDependencies, sending: EmailSending, attempt: number): Promise<void> {
  return withSending(dependencies, sending, async (transaction, { email, operation, isStopped }) => {
    if (isStopped || email.attempt !== attempt || email.state !== 'sending' || email.handedOverAt !== null) {
      throw new Overtaken();
    }
    await transaction.outgoingEmail.update({
      where: { id: email.id },
      data: { handedOverAt: new Date(dependencies.now()) },
    });
    await beginStep(transaction, operation.id, HAND_OVER);
  });
}

function record(
  dependencies: SendingDependencies,
  sending: EmailSending,
  { attempt, verdict }: Claim & { verdict: HandoverVerdict },
): Promise<Transmission> {
  return withSending(dependencies, sending, async (transaction, { email, operation }): Promise<Transmission> => {
    const isOurs = email.attempt === attempt && (email.state === 'sending' || email.state === 'unknown');
    if (!isOurs) return email.state === 'sent' ? { outcome: 'done' } : { outcome: 'stop' };
    if (verdict.kind === 'unknown') return { outcome: 'unknown' };
    if (verdict.kind === 'taken') {
      await settleSent(transaction, email, { answer: verdict.answer, now: dependencies.now() });
      return { outcome: 'done' };
    }
    await takeMarkBack(transaction, email, verdict.answer);
    if (!verdict.isTemporary) return { outcome: 'refused', why: `The mail was not taken: ${verdict.answer}` };
    const retryAfterSeconds = transmitAgainSeconds(email.attempt - 1);
    // Back from handing over, so that a person can still cancel it.
    await beginStep(transaction, operation.id, 'transmit');
    await tryAgainLater(transaction, operation.id, {
      why: `Not taken yet: ${verdict.answer}`,
      until: new Date(dependencies.now() + retryAfterSeconds * 1_000),
    });
    return { outcome: 'later', retryAfterSeconds };
  });
}

/** The server said itself that it has not taken it, or never had all of it. */
async function takeMarkBack(
  transaction: Parameters<Parameters<typeof withSending>[2]>[0],
  { id }: OutgoingEmail,
  answer: string,
): Promise<void> {
  await transaction.outgoingEmail.update({
    where: { id },
    data: { state: 'sending', handedOverAt: null, serverAnswer: answer },
  });
}
