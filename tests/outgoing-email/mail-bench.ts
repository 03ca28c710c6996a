import { readFile } from 'node:fs/promises';
import type { ImapFlow } from 'imapflow';
import { createApprovalActivities } from '../../activities/approvals.ts';
import { createEmailDraftActivities } from '../../activities/email-drafts.ts';
import { createEmailSendingActivities } from '../../activities/email-sending.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { OrganizationTransaction } from '../../core/store/database.ts';
import type { Mailbox, Operation } from '../../core/store/generated/client.ts';
import { call } from '../core/operations/call.ts';
import { loopbackAgent } from '../rotation/harness.ts';
import type { ImapServer } from '../servers/mail-program.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { seedCaller } from '../servers/seed.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';
import { type ReceivingServer, startReceivingServer } from './receiving-server.ts';

/** The activities of drafts and sendings. */
export function mailActivities(dependencies: Dependencies) {
  const parts = { ...dependencies, outboundAgent: loopbackAgent(), now: Date.now };
  return {
    ...createApprovalActivities(parts),
    ...createEmailDraftActivities(parts),
    ...createEmailSendingActivities(parts),
  };
}

/** A receiving server with the TLS that this process trusts; whoever signs in is let in. */
export async function startSubmissionServer({ certificate }: ImapServer, port = 0): Promise<ReceivingServer> {
  const [key, cert] = await Promise.all([readFile(certificate.key), readFile(certificate.cert)]);
  const onAuth = (_auth: unknown, _session: unknown, callback: (error: null, answer: { user: string }) => void) =>
    callback(null, { user: 'mailbox' });
  return startReceivingServer({ secure: true, key, cert, authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'], onAuth }, port);
}

/** An organization with a mailbox on real servers. */
export interface Sender {
  caller: Caller & { kind: 'session' };
  mailbox: Mailbox;
}

let mailboxes = 0;

export async function seedSender(
  dependencies: Dependencies,
  dovecot: ImapServer,
  smtpPort: number,
  settings: Partial<Mailbox> = {},
): Promise<Sender> {
  const caller = await seedCaller(dependencies.database);
  const address = `support-${mailboxes++}@acme.test`;
  const seeded = await seedMailbox(dependencies, caller, { dovecot, address, smtpPort });
  const mailbox = await dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.mailbox.update({
      where: { id: seeded.id },
      data: { displayName: 'Acme Support', ...(settings as object) },
    }),
  );
  return { caller, mailbox };
}

/** What an organization's mails and mailbox are, for whoever looks from outside. */
export function lookAt(dependencies: Dependencies, dovecot: ImapServer, { caller, mailbox }: Sender) {
  const { organizationId } = caller;
  const rows = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
    dependencies.database.inOrganization(organizationId, work);
  return {
    rows,
    call: (name: string, input: unknown) => call(dependencies, caller, name, input),
    until: (operationId: string, isReached: (row: Operation) => boolean, patienceMs?: number) =>
      untilOperation(dependencies, { organizationId, operationId }, isReached, patienceMs),
    ends: (operationId: string, patienceMs?: number) =>
      untilOperation(
        dependencies,
        { organizationId, operationId },
        ({ finishedAt }) => finishedAt !== null,
        patienceMs,
      ),
    outgoing: (operationId: string) =>
      rows((transaction) => transaction.outgoingEmail.findUniqueOrThrow({ where: { operationId } })),
    draft: (id: string) => rows((transaction) => transaction.emailDraft.findUniqueOrThrow({ where: { id } })),
    /** What another mail program sees in a folder, the oldest first. */
    async folder(path: string): Promise<{ source: string; flags: Set<string>; messageId: string; uid: number }[]> {
      return withPerson(dovecot, mailbox.login, async (client) => {
        if (!(await client.list()).some((listed) => listed.path === path)) return [];
        await client.mailboxOpen(path);
        const found = [];
        for await (const { source, flags, envelope, uid } of client.fetch('1:*', {
          source: true,
          flags: true,
          envelope: true,
          uid: true,
        })) {
          found.push({
            source: source?.toString('utf8') ?? '',
            flags: flags ?? new Set<string>(),
            messageId: (envelope?.messageId ?? '').replace(/^<|>$/g, ''),
            uid,
          });
        }
        return found;
      });
    },
  };
}

/** A person's own mail program at a mailbox. */
export async function withPerson<T>(
  dovecot: ImapServer,
  login: string,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  const client = await dovecot.connect(login);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
