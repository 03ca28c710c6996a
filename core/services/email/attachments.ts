import type { Readable } from 'node:stream';
import type { Dependencies } from '../../dependencies.ts';
import type { EmailAttachment } from '../../domain/email-message.ts';
import { looksLikeId } from '../../domain/names.ts';
import { notFound, PublicError } from '../../errors.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import type { Mailbox } from '../../store/generated/client.ts';
import { openFolder } from './open-folder.ts';

/** Which message it is in, and which part of it. */
export function attachmentId(messageRowId: string, part: string): string {
  return `${messageRowId}.${part}`;
}

export interface FoundAttachment {
  mailbox: Mailbox;
  folder: { path: string; uidValidity: bigint | null };
  uid: number;
  attachment: EmailAttachment;
}

/** @throws PublicError `not_found` for what is no attachment of this thread */
export async function findAttachment(
  transaction: OrganizationTransaction,
  { mailbox, thread }: { mailbox: Mailbox; thread: { id: string } },
  id: string,
): Promise<FoundAttachment> {
  const [messageId = '', part = ''] = [id.slice(0, 36), id.slice(37)];
  const message = looksLikeId(messageId)
    ? await transaction.emailMessage.findFirst({
        where: { id: messageId, threadId: thread.id },
        include: { folder: { select: { path: true, uidValidity: true } } },
      })
    : null;
  const attachments = (message?.attachments ?? []) as unknown as EmailAttachment[];
  const attachment = attachments.find((each) => each.part === part);
  if (message === null || attachment === undefined) throw notFound('attachment', id);
  return { mailbox, folder: message.folder, uid: Number(message.uid), attachment };
}

/**
 * The file byte by byte as it was attached, straight from the server, no faster than it is taken. Its end, whatever it is,
 * closes the connection.
 * @throws PublicError `mail_server_unavailable`, `not_found` when the message is gone by now
 */
export async function downloadAttachment(
  { mail }: Pick<Dependencies, 'mail'>,
  { mailbox, folder, uid, attachment }: FoundAttachment,
): Promise<Readable> {
  const client = await openFolder({ mail }, mailbox, folder, { readOnly: true });
  try {
    const { content } = await client.download(String(uid), attachment.part, { uid: true, decodeText: false });
    if (content === undefined) throw new PublicError('not_found', 'The message is no longer at the mail server.');
    content.once('close', () => client.close());
    return content;
  } catch (error) {
    client.close();
    throw error;
  }
}
