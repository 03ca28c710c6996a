import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';
import type { Role } from '../domain/roles.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Invitation } from '../store/generated/client.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { recordAuditEvent } from './audit.ts';
import { canSendMail } from './mail.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { createPerson } from './people.ts';

export const INVITATION_DAYS = 7;
/** An organization's invitations that are open at once: nobody has this installation mail the world. */
const OPEN_INVITATIONS = 50;

export interface InvitationJson {
  id: string;
  email: string;
  role: Role;
  created_at: string;
  expires_at: string;
}

export function describeInvitation(row: Invitation): InvitationJson {
  return {
    id: row.id,
    email: row.email,
    role: row.role as Role,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}

const open = () => ({ acceptedAt: null, revokedAt: null, expiresAt: { gt: new Date() } });

/** The invitations that can still be accepted, the newest first. */
export async function listInvitations(
  transaction: OrganizationTransaction,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<InvitationJson>> {
  const after = decodeCursor(cursor);
  const rows = await transaction.invitation.findMany({
    where: { ...open(), ...(after !== undefined && { id: { lt: after.id } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return toPage(rows, limit, describeInvitation, ({ id }) => ({ sort: '', id }));
}

/**
 * Invites an e-mail address; an earlier invitation of it ends.
 * @returns the invitation and its link, which is stored as a hash only
 * @throws PublicError `conflict` for a member, `forbidden`, `refused_by_policy` when too many are open
 */
export async function createInvitation(
  transaction: OrganizationTransaction,
  { config }: Pick<Dependencies, 'config'>,
  { email, role, inviter }: { email: string; role: Role; inviter: CallingPerson },
): Promise<{ invitation: InvitationJson; url: string }> {
  const member = await transaction.membership.findFirst({ where: { person: { email } } });
  if (member !== null) throw new PublicError('conflict', `${email} is a member already. Change the role instead.`);
  await requireProofOfOwner(transaction, config, email, inviter);
  await transaction.invitation.updateMany({ where: { email, ...open() }, data: { revokedAt: new Date() } });
  if ((await transaction.invitation.count({ where: open() })) >= OPEN_INVITATIONS) {
    throw new PublicError(
      'refused_by_policy',
      `${OPEN_INVITATIONS} invitations are open already. Withdraw one, or wait until somebody accepts.`,
    );
  }
  const presented = newBearerSecret('agi_');
  const row = await transaction.invitation.create({
    data: {
      organizationId: transaction.organizationId,
      email,
      role,
      invitedBy: inviter.id,
      tokenHash: bearerHash(presented),
      expiresAt: new Date(Date.now() + INVITATION_DAYS * 86_400_000),
    },
  });
  return { invitation: describeInvitation(row), url: `${config.publicUrl}/invitations/${presented}` };
}

/**
 * A link that is handed over proves nothing about the e-mail address. So nobody but an owner of the installation makes
 * an account under an owner's address with one.
 */
async function requireProofOfOwner(
  transaction: OrganizationTransaction,
  config: Dependencies['config'],
  email: string,
  inviter: CallingPerson,
): Promise<void> {
  const { AGENTGATEWAY_OWNERS: owners } = config;
  if (canSendMail({ config }) || !owners.includes(email) || owners.includes(inviter.email)) return;
  if ((await transaction.person.count({ where: { email } })) > 0) return;
  throw new PublicError(
    'forbidden',
    `${email} owns this installation: set SMTP_URL, so that the invitation goes out by mail.`,
  );
}

export async function findOpenInvitation(transaction: OrganizationTransaction, id: string): Promise<InvitationJson> {
  const row = await transaction.invitation.findFirst({ where: { id, ...open() } });
  if (row === null) throw notFound('invitation', id);
  return describeInvitation(row);
}

export async function revokeInvitation(transaction: OrganizationTransaction, id: string): Promise<void> {
  await transaction.invitation.updateMany({ where: { id, ...open() }, data: { revokedAt: new Date() } });
}

/** Ends what somebody who is no admin any more has invited: they would come back by it. */
export async function revokeInvitationsOf(transaction: OrganizationTransaction, inviterId: string): Promise<void> {
  const where = { invitedBy: inviterId, ...open() };
  await transaction.invitation.updateMany({ where, data: { revokedAt: new Date() } });
}

/** Whether who invites may still do so, as of now and until the transaction ends. */
async function inviterIsAdmin(transaction: OrganizationTransaction, inviterId: string): Promise<boolean> {
  const rows = await transaction.$queryRaw<unknown[]>`
    SELECT 1 FROM membership WHERE person_id = ${inviterId}::uuid AND role = 'admin' FOR SHARE`;
  return rows.length > 0;
}

export interface OpenInvitation {
  id: string;
  invitedBy: string;
  organizationId: string;
  organizationName: string;
  email: string;
  role: Role;
  /** The e-mail address has an account: its owner signs in to accept. */
  hasAccount: boolean;
}

/** The invitation behind a link; null when it is unknown, used, withdrawn or over. Looking uses nothing up. */
export async function findInvitation(
  { database }: Pick<Dependencies, 'database'>,
  presented: string,
): Promise<OpenInvitation | null> {
  const [place] = await database.inInstance(
    (transaction) => transaction.$queryRaw<{ id: string; organization_id: string }[]>`
      SELECT id, organization_id FROM organization_of_invitation(${bearerHash(presented)})`,
  );
  if (place === undefined) return null;
  return database.inOrganization(place.organization_id, async (transaction) => {
    const row = await transaction.invitation.findFirst({ where: { id: place.id, ...open() } });
    if (row === null || !(await inviterIsAdmin(transaction, row.invitedBy))) return null;
    const organization = await transaction.organization.findFirstOrThrow();
    const account = await transaction.person.findUnique({ where: { email: row.email }, select: { id: true } });
    return {
      id: row.id,
      invitedBy: row.invitedBy,
      organizationId: row.organizationId,
      organizationName: organization.name,
      email: row.email,
      role: row.role as Role,
      hasAccount: account !== null,
    };
  });
}

/** Who accepts: somebody who is signed in, or somebody new under the e-mail address that was invited. */
export type Invitee = { id: string; email: string } | { name: string; passwordHash: string };

/**
 * Makes the invited person a member, once.
 * @throws PublicError `conflict` when the invitation is no longer open, or the person is a member already
 */
export function acceptInvitation(
  { database }: Pick<Dependencies, 'database'>,
  { invitation, invitee, requestId }: { invitation: OpenInvitation; invitee: Invitee; requestId: string },
): Promise<{ id: string; email: string }> {
  return database.inOrganization(invitation.organizationId, async (transaction) => {
    const over = new PublicError('conflict', 'This invitation is no longer open. Ask for a new one.');
    if (!(await inviterIsAdmin(transaction, invitation.invitedBy))) throw over;
    const { count } = await transaction.invitation.updateMany({
      where: { id: invitation.id, ...open() },
      data: { acceptedAt: new Date() },
    });
    if (count !== 1) throw over;
    const { email, role, organizationId } = invitation;
    const person = 'id' in invitee ? invitee : { id: await createPerson(transaction, { ...invitee, email }), email };
    const added = await transaction.membership.createMany({
      data: [{ organizationId, personId: person.id, role }],
      skipDuplicates: true,
    });
    if (added.count !== 1)
      throw new PublicError('conflict', `You are a member of ${invitation.organizationName} already.`);
    await recordAuditEvent(transaction, {
      actor: { kind: 'person', id: person.id, name: person.email, app: null, grantId: null },
      action: 'accept_invitation',
      status: 200,
      outcome: 'succeeded',
      target: { kind: 'invitation', id: invitation.id, name: email },
      requestId,
    });
    return person;
  });
}
