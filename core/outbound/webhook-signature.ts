import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new value to sign webhooks with: `whsec_` and 32 random bytes in base64 (Standard Webhooks, "Signature scheme"). */
export function newSigningValue(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

export interface SignedMessage {
  /** The same for every repetition. */
  id: string;
  /** Seconds since 1970: when this attempt is made. */
  timestamp: number;
  body: string;
}

/** The headers of Standard Webhooks: an HMAC-SHA256 over ID, time and body, so that neither can be exchanged. */
export function signatureHeaders(signingValue: string, { id, timestamp, body }: SignedMessage): Record<string, string> {
  const signature = createHmac('sha256', Buffer.from(signingValue.slice(PREFIX.length), 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
