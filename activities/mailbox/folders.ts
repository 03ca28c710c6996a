import type { ListResponse } from 'imapflow';
import { storableText } from '../../core/email/clean-text.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import type { MailboxRun } from './mailbox-run.ts';

const ROLES: Record<string, string> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Drafts': 'drafts',
  '\\Archive': 'archive',
  '\\All': 'all',
  '\\Junk': 'junk',
  '\\Trash': 'trash',
};
/** Views of messages that stand elsewhere (RFC 6154, and Gmail's). */
const VIEWS = new Set(['\\Flagged', '\\Important']);
const UNSELECTABLE = ['\\Noselect', '\\NonExistent'];
const FIRST_ROLES = ['inbox', 'sent', 'archive', 'all'];
const MOST_FOLDERS = 500;
const LONGEST_PATH = 1_000;

export interface ListedFolder {
  path: string;
  role: string | null;
  synced: boolean;
}

/**
 * The folders at the server and their roles, those that matter most first. Drafts, junk and trash are in no thread; where
 * one folder holds all mail (Gmail), the others would only show the same again.
 */
export function listFolders(listed: readonly ListResponse[]): ListedFolder[] {
  const usable = listed.filter(
    ({ flags, path }) => path.length <= LONGEST_PATH && !UNSELECTABLE.some((no) => flags.has(no)),
  );
  const roles = new Set<string>();
  const folders = usable.map(({ path, specialUse = '' }) => {
    const told = ROLES[specialUse] ?? null;
    const role = told !== null && !roles.has(told) ? told : null;
    if (role !== null) roles.add(role);
    return { path: storableText(path, LONGEST_PATH), role, isView: VIEWS.has(specialUse) };
  });
  const wanted = ({ role, isView }: (typeof folders)[number]) => {
    if (role === null) return !isView && !roles.has('all');
    return FIRST_ROLES.includes(role);
  };
  const rank = (role: string | null) => (role === null ? FIRST_ROLES.length : FIRST_ROLES.indexOf(role));
  return folders
    .map((folder) => ({ path: folder.path, role: folder.role, synced: wanted(folder) }))
    .toSorted((a, b) => Number(b.synced) - Number(a.synced) || rank(a.role) - rank(b.role))
    .slice(0, MOST_FOLDERS);
}

/** Brings the rows of folders up to date with the server. @returns those that are synced, the most important first */
export async function refreshFolders({ client, mailbox, dependencies }: MailboxRun): Promise<MailboxFolder[]> {
  const listed = listFolders(await client.list());
  const { organizationId, id: mailboxId } = mailbox;
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const known = await transaction.mailboxFolder.findMany({ where: { mailboxId } });
    const rows = new Map(known.map((folder) => [folder.path, folder]));
    for (const { path, role, synced } of listed) {
      const row = rows.get(path);
      if (row?.role === role && row.synced === synced) continue;
      const folder = await transaction.mailboxFolder.upsert({
        where: { mailboxId_path: { mailboxId, path } },
        create: { organizationId, mailboxId, path, role, synced },
        update: { role, synced },
      });
      rows.set(path, folder);
    }
    return listed.flatMap(({ path, synced }) => (synced ? (rows.get(path) ?? []) : []));
  });
}

/** Folders whose messages are here although they are not to be, or no longer at the server. */
export async function strayFolders(
  { mailbox, dependencies }: MailboxRun,
  synced: readonly MailboxFolder[],
): Promise<MailboxFolder[]> {
  return dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.findMany({
      where: { mailboxId: mailbox.id, id: { notIn: synced.map(({ id }) => id) }, uidValidity: { not: null } },
    }),
  );
}
