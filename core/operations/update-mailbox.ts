import { z } from 'zod';
import { mailboxSyncWorkflowId } from '../domain/mailbox-sync.ts';
import { checkVersion } from '../services/agents.ts';
import { readConnection, storePassword, tryConnection, type WishedConnection } from '../services/mailbox-changes.ts';
import { describeMailboxSettings, readPermissions } from '../services/mailbox-settings.ts';
import { findMailbox, lockedMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import {
  mailboxPassword,
  mailboxReference,
  mailboxSettings,
  mailboxSettingsView,
  trialSteps,
} from './mailbox-members.ts';
import { expectedVersion } from './members.ts';

export const updateMailbox = defineOperation({
  name: 'update_mailbox',
  title: "Change a mailbox's settings",
  kind: 'W',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description:
    'Changes how a mailbox is reached, who may use it, to whom it may write and how much. Members left out stay as they are; servers, login and credential are tried before they are saved.',
  examples: [{ mailbox: 'support@example.com', recipients_allowed: ['example.com'], sends_per_hour: 20 }],
  input: z.strictObject({ mailbox: mailboxReference, ...mailboxSettings, expected_version: expectedVersion }),
  inputOfPeople: z.strictObject({ password: mailboxPassword }),
  output: z.object({ mailbox: mailboxSettingsView, steps: trialSteps }),
  rest: { method: 'PATCH', path: '/mailboxes/{mailbox}' },
  async prepare({ database, vault, mail, caller }, input) {
    const { organizationId } = caller;
    const wished: WishedConnection = input;
    const isMoved = [wished.imap, wished.smtp, wished.login, wished.auth, wished.credential, wished.password].some(
      (each) => each !== undefined,
    );
    if (!isMoved) return { columns: null, steps: [] };
    await vault.prepare(organizationId);
    const columns = await database.inOrganization(organizationId, async (transaction) => {
      const mailbox = await findMailbox(transaction, input.mailbox);
      return readConnection(transaction, wished, mailbox, mailbox.address);
    });
    return { columns, steps: await tryConnection({ mail }, organizationId, columns, wished.password) };
  },
  async run(context, input, { columns, steps }) {
    const { transaction, caller } = context;
    const mailbox = await lockedMailbox(transaction, input.mailbox);
    context.auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    checkVersion(mailbox, input.expected_version);
    const { password } = input as { password?: string };
    const { address } = mailbox;
    const credentialId =
      columns === null
        ? mailbox.credentialId
        : (columns.credentialId ??
          (await storePassword(transaction, context, { caller, address, columns, password: password ?? '' })));
    await transaction.mailbox.update({
      where: { id: mailbox.id },
      data: {
        ...columns,
        credentialId,
        ...(input.name !== undefined && { displayName: input.name }),
        ...(input.permissions !== undefined && {
          permissions: { ...(await readPermissions(transaction, input.permissions, mailbox.permissions)) },
        }),
        ...(input.recipients_allowed !== undefined && { recipientAllow: input.recipients_allowed }),
        ...(input.recipients_blocked !== undefined && { recipientBlock: input.recipients_blocked }),
        ...(input.sends_per_hour !== undefined && { sendsPerHour: input.sends_per_hour }),
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    // Without Temporal it takes the new settings up with its next connection.
    if (columns !== null) {
      context.afterCommit(() =>
        context.workflows.tellToLook(mailboxSyncWorkflowId({ mailboxId: mailbox.id })).catch(() => {}),
      );
    }
    return { mailbox: await describeMailboxSettings(transaction, mailbox.id), steps };
  },
});
