import { z } from 'zod';
import { findOpenInvitation, revokeInvitation as revoke } from '../services/invitations.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';
import { invitationView } from './people-views.ts';

export const revokeInvitation = defineOperation({
  name: 'revoke_invitation',
  title: 'Withdraw an invitation',
  kind: 'D',
  area: null,
  role: 'admin',
  restOnly: true,
  description: 'Ends an invitation that was not accepted yet.',
  examples: [{ invitation: '0198c0de-0000-7000-8000-000000000000' }],
  input: z.strictObject({ invitation: z.uuid(), dry_run: dryRun }),
  output: z.object({ invitation: invitationView, revoked: z.boolean() }),
  rest: { method: 'DELETE', path: '/invitations/{invitation}' },
  async run({ transaction, auditTarget }, input) {
    const invitation = await findOpenInvitation(transaction, input.invitation);
    auditTarget({ kind: 'invitation', id: invitation.id, name: invitation.email });
    if (input.dry_run) return { invitation, revoked: false };
    await revoke(transaction, invitation.id);
    return { invitation, revoked: true };
  },
});
