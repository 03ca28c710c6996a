import { z } from 'zod';
import { PublicError } from '../errors.ts';
import { createInvitation as create, INVITATION_DAYS } from '../services/invitations.ts';
import { canSendMail, sendMail } from '../services/mail.ts';
import { emailAddress } from '../services/people.ts';
import { defineOperation } from './define-operation.ts';
import { requireFreshSession } from './fresh-session.ts';
import { invitationView, role } from './people-views.ts';

export const createInvitation = defineOperation({
  name: 'create_invitation',
  title: 'Invite a person',
  kind: 'W',
  area: null,
  role: 'admin',
  restOnly: true,
  description:
    'Invites an e-mail address with a role; an admin only from a session that proved its person within 10 minutes. The link goes out by mail where SMTP_URL is set; otherwise it stands in `url`, once, to hand over.',
  examples: [{ email: 'kim@example.com', role: 'operator' }],
  input: z.strictObject({ email: emailAddress, role }),
  output: z.object({
    invitation: invitationView,
    mailed: z.boolean(),
    url: z.string().nullable().describe('null: it went out by mail.'),
    already_shown: z.boolean().optional(),
  }),
  rest: { method: 'POST', path: '/invitations', status: 201 },
  async run(context, input) {
    const { caller } = context;
    if (input.role === 'admin') await requireFreshSession(context, '/settings/members');
    const { invitation, url } = await create(context.transaction, context, { ...input, inviter: caller.person });
    context.auditTarget({ kind: 'invitation', id: invitation.id, name: invitation.email });
    const mailed = canSendMail(context);
    if (mailed) {
      context.afterCommit(async () => {
        await sendMail(context, {
          to: invitation.email,
          subject: `${caller.person.name} invites you to ${caller.organizationName} on AgentGateway`,
          text: `${caller.person.name} (${caller.person.email}) invites you to join ${caller.organizationName} as ${invitation.role}.\n\nAccept within ${INVITATION_DAYS} days:\n${url}\n`,
        }).catch((cause: unknown) => {
          const detail =
            'The invitation was made, but the mail server did not take it. Check SMTP_URL, then invite again.';
          throw new PublicError('internal', detail, { cause });
        });
      });
    }
    return { invitation, mailed, url: mailed ? null : url };
  },
  forReplay: (answer) => ({ ...answer, url: null, already_shown: true }),
});
