import type { ImapFlow } from 'imapflow';
import { composeMessage, type EmailContent } from '../core/outgoing-email/compose.ts';
import { folderPath, inFolder, keepOne, removeAll, uidsOf } from '../core/outgoing-email/kept-messages.ts';
import type { EmailDraft, Mailbox } from '../core/store/generated/client.ts';

/** Whether any version of a draft stands in the mailbox's Drafts. */
export async function standsInDrafts(
  client: ImapFlow,
  { messageId, staleMessageIds }: Pick<EmailDraft, 'messageId' | 'staleMessageIds'>,
): Promise<boolean> {
  const path = await folderPath(client, 'Drafts');
  return inFolder(client, path, async () => {
    for (const id of [messageId, ...staleMessageIds]) if ((await uidsOf(client, id)).length > 0) return true;
    return false;
  });
}

/** Puts this version into Drafts, then takes the older ones out: at no moment is there none. */
export async function putIntoDrafts(
  client: ImapFlow,
  { draft, mailbox, content }: { draft: EmailDraft; mailbox: Mailbox; content: EmailContent },
): Promise<void> {
  const { messageId, updatedAt: date, staleMessageIds } = draft;
  const from = { name: mailbox.displayName, address: mailbox.address };
  const message = await composeMessage(content, { from, messageId, date }, { keepBcc: true });
  const path = await folderPath(client, 'Drafts');
  await keepOne(client, path, { messageId, message, flags: ['\\Draft', '\\Seen'], date });
  await removeAll(client, path, staleMessageIds, { into: null });
}

/** Takes every version out of Drafts: a discarded one to where mail programs put what is deleted, a sent one for good. */
export async function takeFromDrafts(client: ImapFlow, draft: EmailDraft): Promise<void> {
  const path = await folderPath(client, 'Drafts');
  const into = draft.state === 'discarded' ? await folderPath(client, 'Trash') : null;
  await removeAll(client, path, draft.staleMessageIds, { into: null });
  await removeAll(client, path, [draft.messageId], { into });
}
