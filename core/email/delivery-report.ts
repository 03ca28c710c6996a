import type { BouncedRecipient, EmailBounce } from '../domain/email-message.ts';
import { cleanText } from './clean-text.ts';
import { messageIds, readHeaders } from './headers.ts';

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
const MOST_RECIPIENTS = 100;

/**
 * Reads a delivery report (RFC 3464).
 * @param status the part message/delivery-status, decoded; null: there is none
 * @param returnedHeaders of the mail that it tells of; null: they are not enclosed
 * @param answered what the report itself refers to: some servers tell the mail only there
 */
export function readDeliveryReport(
  status: string | null,
  returnedHeaders: Buffer | null,
  answered: readonly string[],
): EmailBounce {
  const [returnedId] = messageIds(readHeaders(returnedHeaders ?? undefined).get('message-id'));
  return { message_id: returnedId ?? answered.at(-1) ?? null, recipients: readRecipients(status ?? '') };
}

function readRecipients(status: string): BouncedRecipient[] {
  const recipients: BouncedRecipient[] = [];
  for (const group of status.split(/\r?\n\s*\r?\n/)) {
    const fields = readHeaders(Buffer.from(group));
    const told = fields.get('original-recipient') ?? fields.get('final-recipient');
    const action = ACTIONS.find((each) => each === fields.get('action')?.toLowerCase());
    if (told === undefined || action === undefined) continue;
    const address = cleanText(told.replace(/^[^;]*;/, '').replace(/[<>]/g, ''), 320);
    const code = /^[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? '';
    recipients.push({ address, action, status: code });
    if (recipients.length === MOST_RECIPIENTS) break;
  }
  return recipients;
}
