import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { ROLES } from '../../../core/domain/roles.ts';
import { createInvitation } from '../../../core/operations/create-invitation.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { listInvitations } from '../../../core/operations/list-invitations.ts';
import { listMembers } from '../../../core/operations/list-members.ts';
import { removeMember } from '../../../core/operations/remove-member.ts';
import { revokeInvitation } from '../../../core/operations/revoke-invitation.ts';
import { updateMember } from '../../../core/operations/update-member.ts';
import { INVITATION_DAYS, type InvitationJson } from '../../../core/services/invitations.ts';
import type { Member } from '../../../core/services/members.ts';
import { linkIn, type MemberVisit, requireFresh, requireMember } from '../../sessions/visit.ts';
import { type FormState, problemNotice, refusedForm, typed, UNTOUCHED } from '../form-input.ts';
import { type Html, html } from '../html.ts';
import { confirmButton } from '../views/confirm.ts';
import { button, field, form, select } from '../views/form.ts';
import { badge, notice, panel, table, time } from '../views/pieces.ts';
import { renderSettings } from './settings-page.ts';

const NOTICES: Record<string, string> = {
  role: 'The role is changed. It holds from the next request on.',
  removed: 'The member is removed.',
  invited: 'The invitation is on its way by mail.',
  withdrawn: 'The invitation is withdrawn.',
};

const ROLE_CHOICES = [
  { value: 'operator', label: 'Operator: reads' },
  { value: 'manager', label: 'Manager: does every action' },
  { value: 'admin', label: 'Admin: administers people too' },
];

function memberRow(visit: MemberVisit, { id, name, email, role, created_at: createdAt }: Member) {
  const { csrfToken, session } = visit;
  const roleForm = form({
    action: linkIn(visit, `/settings/members/${id}/role`),
    csrfToken,
    inline: true,
    body: html`<select name="role" aria-label="Role of ${email}">${ROLES.map(
      (choice) => html`<option value="${choice}"${choice === role && html` selected`}>${choice}</option>`,
    )}</select>${button({ label: 'Change', kind: 'quiet' })}`,
  });
  return [
    html`<strong>${name}</strong>${id === session.person.id && html` ${badge('You')}`}<small>${email}</small>`,
    roleForm,
    time(new Date(createdAt)),
    confirmButton({
      label: 'Remove',
      question: `Remove ${email}? Their API tokens and connected apps here end too.`,
      action: linkIn(visit, `/settings/members/${id}/remove`),
      csrfToken,
    }),
  ];
}

function invitePanel(visit: MemberVisit, state: FormState): Html {
  return panel({
    title: 'Invite somebody',
    text: `The invitation is good for ${INVITATION_DAYS} days.`,
    body: [
      problemNotice(state),
      form({
        action: linkIn(visit, '/settings/members/invitations'),
        csrfToken: visit.csrfToken,
        body: [
          field({
            name: 'email',
            label: 'E-mail',
            type: 'email',
            value: state.values.email,
            error: state.errors.email,
            autocomplete: 'off',
          }),
          select({
            name: 'role',
            label: 'Role',
            value: state.values.role,
            error: state.errors.role,
            choices: ROLE_CHOICES,
          }),
          button({ label: 'Invite' }),
        ],
      }),
    ],
  });
}

function invitationsPanel(visit: MemberVisit, invitations: InvitationJson[]): Html {
  return panel({
    title: 'Open invitations',
    body: table({
      caption: 'Open invitations',
      columns: ['E-mail', 'Role', 'Good until', ''],
      rows: invitations.map(({ id, email, role, expires_at: expiresAt }) => [
        html`<strong>${email}</strong>`,
        role,
        time(new Date(expiresAt)),
        form({
          action: linkIn(visit, `/settings/members/invitations/${id}/withdraw`),
          csrfToken: visit.csrfToken,
          inline: true,
          body: button({ label: 'Withdraw', kind: 'danger' }),
        }),
      ]),
    }),
  });
}

function handOver(email: string, url: string): Html {
  return panel({
    title: `Hand this link to ${email}`,
    text: 'This installation sends no mail. The link is shown only now; whoever has it can join.',
    body: html`<output class="shown-once" id="invitation-link">${url}</output>`,
  });
}

export function createMembersRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();
  const asAdmin = (request: Request, response: Response) => requireMember(dependencies, request, response, 'admin');

  async function show(
    request: Request,
    response: Response,
    visit: MemberVisit,
    { state = UNTOUCHED, first }: { state?: FormState; first?: Html } = {},
  ): Promise<void> {
    const { caller } = visit;
    const members = await invoke(listMembers, { caller, input: { limit: 200 } }, dependencies);
    const invitations = await invoke(listInvitations, { caller, input: { limit: 200 } }, dependencies);
    const open = invitations.items as InvitationJson[];
    const told = NOTICES[String(request.query.notice)];
    renderSettings(response, visit, {
      tab: 'members',
      title: 'Members',
      text: html`Who works in <strong>${visit.organization.organizationName}</strong>, and what they may do.`,
      status: state.status,
      body: [
        told !== undefined && notice('success', told),
        first,
        panel({
          title: 'Members',
          body: table({
            caption: 'Members',
            columns: ['Person', 'Role', 'Member since', ''],
            rows: (members.items as Member[]).map((member) => memberRow(visit, member)),
          }),
        }),
        open.length > 0 && invitationsPanel(visit, open),
        invitePanel(visit, state),
      ],
    });
  }

  /** Runs an operation and goes back to the list; a refusal stands above it. */
  async function act(
    request: Request,
    response: Response,
    operation: typeof updateMember,
    input: object,
    told: string,
  ) {
    const visit = await asAdmin(request, response);
    try {
      await invoke(operation, { caller: visit.caller, input }, dependencies);
      return response.redirect(303, linkIn(visit, `/settings/members?notice=${told}`));
    } catch (error) {
      const { status, problem = 'That did not work.' } = { ...refusedForm(request, error) };
      return show(request, response, visit, { state: { ...UNTOUCHED, status }, first: notice('error', problem) });
    }
  }

  router.get('/settings/members', async (request: Request, response: Response) => {
    await show(request, response, await asAdmin(request, response));
  });

  router.post('/settings/members/invitations', async (request: Request, response: Response) => {
    const visit = await asAdmin(request, response);
    const { email, role } = typed(request);
    if (role === 'admin') requireFresh(visit, linkIn(visit, '/settings/members'));
    try {
      const { url } = await invoke(createInvitation, { caller: visit.caller, input: { email, role } }, dependencies);
      if (url === null) return response.redirect(303, linkIn(visit, '/settings/members?notice=invited'));
      return await show(request, response, visit, { first: handOver(String(email), String(url)) });
    } catch (error) {
      return show(request, response, visit, { state: refusedForm(request, error) });
    }
  });

  router.post('/settings/members/invitations/:invitation/withdraw', (request: Request, response: Response) =>
    act(request, response, revokeInvitation, { invitation: request.params.invitation }, 'withdrawn'),
  );

  router.post('/settings/members/:member/role', (request: Request, response: Response) =>
    act(request, response, updateMember, { member: request.params.member, role: typed(request).role }, 'role'),
  );

  router.post('/settings/members/:member/remove', (request: Request, response: Response) =>
    act(request, response, removeMember, { member: request.params.member }, 'removed'),
  );

  return router;
}
