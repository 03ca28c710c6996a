import type { MailboxObject } from 'imapflow';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import { forgetUnlisted } from './gone-messages.ts';
import type { MailboxRun } from './mailbox-run.ts';

/** The mailbox has as many messages here as it may: nothing is read until some are gone. */
export class MailboxFull extends Error {
  override readonly name = 'MailboxFull';

  constructor(most: number) {
    super(
      `This mailbox has ${most.toLocaleString('en')} messages here, and no more are read. Delete some at its server, or move them into Trash.`,
    );
  }
}

/** How many more messages may be here, whatever the server says that it has; what comes together may go beyond. */
export async function readRoom({ dependencies, mailbox, most }: Omit<MailboxRun, 'room'>): Promise<number> {
  const count = await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.emailMessage.count({ where: { mailboxId: mailbox.id } }),
  );
  return most - count;
}

/** @throws MailboxFull */
export function requireRoom({ room, most }: MailboxRun): void {
  if (room <= 0) throw new MailboxFull(most);
}

/**
 * Sees to it that a mailbox that was full goes on once people have made room at its server: numbers tell nothing of that,
 * because what is new there is not here.
 * @throws MailboxFull
 */
export async function findRoom(run: MailboxRun, folders: readonly MailboxFolder[]): Promise<void> {
  if (run.room > 0) return;
  for (const folder of folders) {
    const lock = await run.client.getMailboxLock(folder.path, { readOnly: true });
    try {
      const { uidValidity } = run.client.mailbox as MailboxObject;
      if (uidValidity === folder.uidValidity) await forgetUnlisted(run, folder);
    } finally {
      lock.release();
    }
  }
  run.room = await readRoom(run);
  requireRoom(run);
}
