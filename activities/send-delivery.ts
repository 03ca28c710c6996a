import type { Dispatcher } from 'undici';
import type { Dependencies } from '../core/dependencies.ts';
import { type AttemptOutcome, isRepeatable } from '../core/domain/delivery.ts';
import { mailWords, slackBody, webhookBody } from '../core/domain/delivery-formats.ts';
import type { DeliveryMessage } from '../core/domain/delivery-message.ts';
import { postWebhook, type WebhookAnswer } from '../core/outbound/post-webhook.ts';
import { signatureHeaders } from '../core/outbound/webhook-signature.ts';
import { openTarget } from '../core/services/channel-target.ts';
import type { ClaimedDelivery } from '../core/services/delivery-attempts.ts';
import { MailError, sendMail } from '../core/services/mail.ts';
import { VaultError, VaultUnavailableError } from '../core/vault/key-wrapper.ts';

export type SendingDependencies = Pick<Dependencies, 'config' | 'vault'> & { outboundAgent: Dispatcher };

/**
 * Makes one attempt at a claimed delivery. Never throws for what a receiver does.
 * @param entryUrl the one-time link that a mail brings
 */
export async function sendDelivery(
  dependencies: SendingDependencies,
  delivery: ClaimedDelivery,
  entryUrl: string | null,
): Promise<AttemptOutcome> {
  const { channel, kind, isPointless } = delivery;
  if (isPointless) return { outcome: 'refused', reason: 'What it tells of had ended before it could be sent.' };
  if (channel !== null && channel.deletedAt !== null) return { outcome: 'refused', reason: 'The channel is deleted.' };
  if (kind === 'email') return mail(dependencies, delivery, entryUrl);
  if (channel === null) throw new TypeError(`A delivery of kind ${kind} has no channel.`);
  const sealed = await openTarget(dependencies.vault, channel).catch(judgeVaultFault);
  if (typeof sealed !== 'string') return sealed;
  return kind === 'slack'
    ? postToSlack(dependencies, delivery, sealed)
    : postSigned(dependencies, delivery, { url: channel.url ?? '', signingValue: sealed });
}

/** Nothing has left yet. */
function judgeVaultFault(error: unknown): AttemptOutcome {
  if (error instanceof VaultUnavailableError) return { outcome: 'later', reason: 'The key service does not answer.' };
  if (!(error instanceof VaultError)) throw error;
  return { outcome: 'refused', reason: 'What the channel has sealed does not open. Enter it anew: update_channel.' };
}

async function mail(
  { config }: SendingDependencies,
  { id, alertId, addresses, message }: ClaimedDelivery,
  entryUrl: string | null,
): Promise<AttemptOutcome> {
  try {
    const { deferred, refused } = await sendMail(
      { config },
      {
        ...mailWords(message as unknown as DeliveryMessage, entryUrl),
        to: addresses,
        id,
        ...(alertId !== null && { references: `alert-${alertId}` }),
      },
    );
    const refusal = refused.length === 0 ? undefined : `The mail server refused for good: ${refused.join(', ')}.`;
    if (deferred.length === 0) return { outcome: 'sent', reason: refusal };
    const deferral = `The mail server does not take it yet for ${deferred.join(', ')}.`;
    return { outcome: 'later', remaining: deferred, reason: [deferral, refusal].filter(Boolean).join(' ') };
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    return { outcome: error.outcome, reason: error.message };
  }
}

/** Each attempt is signed with its own time, and has the ID of the first. */
async function postSigned(
  { outboundAgent }: SendingDependencies,
  { id, message }: ClaimedDelivery,
  { url, signingValue }: { url: string; signingValue: string },
): Promise<AttemptOutcome> {
  const body = webhookBody(message as unknown as DeliveryMessage);
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = { ...signatureHeaders(signingValue, { id, timestamp, body }), 'idempotency-key': id };
  return judge(await postWebhook(outboundAgent, { url, headers, body }), isRepeatable('webhook'));
}

async function postToSlack(
  { outboundAgent }: SendingDependencies,
  { message }: ClaimedDelivery,
  url: string,
): Promise<AttemptOutcome> {
  const body = slackBody(message as unknown as DeliveryMessage);
  return judge(await postWebhook(outboundAgent, { url, headers: {}, body }), isRepeatable('slack'));
}

/** Answers by which a receiver says that it did not do it, though it may another time. */
const NOT_NOW = [408, 425, 429, 503];

/**
 * What an answer means.
 * @param repeatable the receiver knows a repetition by its ID: then doubt is settled by making it again
 */
function judge(answer: WebhookAnswer, repeatable: boolean): AttemptOutcome {
  switch (answer.kind) {
    case 'forbidden':
      return { outcome: 'refused', reason: answer.reason };
    case 'silent': {
      const reason = `The receiver gave no answer (${answer.code}).`;
      return { outcome: answer.maybeSent && !repeatable ? 'unknown' : 'later', reason };
    }
    case 'answered':
      return judgeStatus(answer, repeatable);
  }
}

function judgeStatus(
  { status, retryAfterSeconds }: Extract<WebhookAnswer, { kind: 'answered' }>,
  repeatable: boolean,
): AttemptOutcome {
  if (status >= 200 && status <= 299) return { outcome: 'sent' };
  const reason = `The receiver answered ${status}.`;
  if (status >= 300 && status <= 399) {
    return { outcome: 'refused', reason: `${reason} Redirects are not followed: name the final URL.` };
  }
  if (status === 410) return { outcome: 'refused', reason: `${reason} It is gone for good.` };
  // A receiver that knows repetitions may be mended meanwhile: a wrong signing value, a route not there yet.
  if (repeatable || NOT_NOW.includes(status)) return { outcome: 'later', reason, retryAfterSeconds };
  return { outcome: status >= 500 ? 'unknown' : 'refused', reason };
}
