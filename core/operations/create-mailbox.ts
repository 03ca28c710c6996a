import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import { readConnection, storePassword, tryConnection, withProvider } from '../services/mailbox-changes.ts';
import { describeMailboxSettings, readPermissions, startSync } from '../services/mailbox-settings.ts';
import { requireRoomForMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxPassword, mailboxSettings, mailboxSettingsView, provider, trialSteps } from './mailbox-members.ts';

export const createMailbox = defineOperation({
  name: 'create_mailbox',
  title: 'Connect a mailbox',
  kind: 'W',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description:
    'Connects a mailbox by IMAP and SMTP. Both servers are tried first, step by step; where one fails nothing is saved and the answer tells which step it was.',
  examples: [{ address: 'support@example.com', provider: 'fastmail', credential: 'support-password' }],
  input: z.strictObject({
    address: z.email().max(254).toLowerCase().describe('What it receives at and sends as.'),
    provider,
    ...mailboxSettings,
  }),
  inputOfPeople: z.strictObject({ password: mailboxPassword }),
  output: z.object({ mailbox: mailboxSettingsView, steps: trialSteps }),
  rest: { method: 'POST', path: '/mailboxes', status: 201 },
  async prepare({ database, vault, mail, caller }, input) {
    const { organizationId } = caller;
    await vault.prepare(organizationId);
    const wished = withProvider(input.provider, input);
    const columns = await database.inOrganization(organizationId, async (transaction) => {
      await requireRoomForMailbox(transaction);
      return readConnection(transaction, wished, null, input.address);
    });
    return { columns, steps: await tryConnection({ mail }, organizationId, columns, wished.password) };
  },
  async run(context, input, { columns, steps }) {
    const { transaction, caller } = context;
    const { organizationId } = caller;
    const { password } = input as { password?: string };
    const { address, name, recipients_allowed, recipients_blocked, sends_per_hour } = input;
    const credentialId =
      columns.credentialId ??
      (await storePassword(transaction, context, { caller, address, columns, password: password ?? '' }));
    const mailbox = await nameConflict(
      'a mailbox',
      address,
      transaction.mailbox.create({
        data: {
          organizationId,
          address,
          displayName: name ?? address,
          ...columns,
          credentialId,
          permissions: { ...(await readPermissions(transaction, input.permissions ?? {}, {})) },
          recipientAllow: recipients_allowed ?? [],
          recipientBlock: recipients_blocked ?? [],
          sendsPerHour: sends_per_hour ?? null,
          createdBy: caller.person.id,
        },
      }),
      'It is connected already.',
    );
    context.auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    context.afterCommit(() => startSync(context, mailbox));
    return { mailbox: await describeMailboxSettings(transaction, mailbox.id), steps };
  },
});
