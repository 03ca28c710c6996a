import { actorOf, type Caller } from '../domain/caller.ts';
import { looksLikeId } from '../domain/names.ts';
import type { Role } from '../domain/roles.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Operation } from '../store/generated/client.ts';
import { revokeGrants } from './access-revocations.ts';
import { revokeInvitationsOf } from './invitations.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

export interface Member {
  id: string;
  email: string;
  name: string;
  role: Role;
  created_at: string;
}

const withPerson = { person: { select: { id: true, email: true, name: true } } } as const;

function toMember(row: { role: string; createdAt: Date; person: { id: string; email: string; name: string } }): Member {
  return { ...row.person, role: row.role as Role, created_at: row.createdAt.toISOString() };
}

/** The people of the organization, the oldest account first. */
export async function listMembers(
  transaction: OrganizationTransaction,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Member>> {
  const after = decodeCursor(cursor);
  const rows = await transaction.membership.findMany({
    where: after === undefined ? {} : { personId: { gt: after.id } },
    include: withPerson,
    orderBy: { personId: 'asc' },
    take: limit + 1,
  });
  return toPage(rows, limit, toMember, ({ personId }) => ({ sort: '', id: personId }));
}

/** A member by e-mail address or ID. */
export async function findMember(transaction: OrganizationTransaction, reference: string): Promise<Member> {
  const row = await transaction.membership.findFirst({
    where: looksLikeId(reference) ? { personId: reference } : { person: { email: reference.toLowerCase() } },
    include: withPerson,
  });
  if (row === null) throw notFound('member', reference);
  return toMember(row);
}

/**
 * Locks the member, the caller and all admins, in one order, and tells the role as of now. Whoever changes a role or ends
 * a membership begins here, so an organization always keeps an admin, also when several change at once, and who lost the
 * role meanwhile changes nothing any more.
 * @throws PublicError `not_found` when the member was removed meanwhile, `forbidden` when the caller is no admin any more
 */
async function lockMember(
  transaction: OrganizationTransaction,
  { person }: Caller,
  { id, email }: Member,
): Promise<{ isLastAdmin: boolean }> {
  const rows = await transaction.$queryRaw<{ person_id: string; role: Role }[]>`
    SELECT person_id, role FROM membership WHERE role = 'admin' OR person_id IN (${id}::uuid, ${person.id}::uuid)
    ORDER BY person_id FOR UPDATE`;
  const roleOf = (personId: string) => rows.find((row) => row.person_id === personId)?.role;
  if (roleOf(person.id) !== 'admin') {
    throw new PublicError('forbidden', 'You are no admin any more. Ask an organization admin.');
  }
  const role = roleOf(id);
  if (role === undefined) throw notFound('member', email);
  const others = rows.some((row) => row.person_id !== id && row.role === 'admin');
  return { isLastAdmin: role === 'admin' && !others };
}

function lastAdmin({ email }: Member): PublicError {
  return new PublicError('conflict', `${email} is the last admin. Make somebody else an admin first.`);
}

/**
 * @param caller who does it
 * @throws PublicError `conflict` when the last admin would be none any more, `not_found`, `forbidden`
 */
export async function changeRole(
  transaction: OrganizationTransaction,
  caller: Caller,
  member: Member,
  role: Role,
): Promise<Member> {
  const { isLastAdmin } = await lockMember(transaction, caller, member);
  if (isLastAdmin && role !== 'admin') throw lastAdmin(member);
  const { organizationId } = transaction;
  await transaction.membership.update({
    where: { organizationId_personId: { organizationId, personId: member.id } },
    data: { role },
  });
  if (role !== 'admin') await revokeInvitationsOf(transaction, member.id);
  return { ...member, role };
}

/**
 * Ends a membership, and for good what the person made to act in the organization: API tokens, connected apps and
 * invitations.
 * @param caller who does it
 * @returns the revocations of the connected apps, to be started after the commit
 * @throws PublicError `conflict` for the last admin, `not_found`, `forbidden`
 */
export async function removeMember(
  transaction: OrganizationTransaction,
  caller: Caller,
  member: Member,
): Promise<Operation[]> {
  const { isLastAdmin } = await lockMember(transaction, caller, member);
  if (isLastAdmin) throw lastAdmin(member);
  const { organizationId } = transaction;
  const open = { personId: member.id, revokedAt: null };
  await transaction.apiToken.updateMany({ where: open, data: { revokedAt: new Date() } });
  const revocations = await revokeAppsOf(transaction, caller, member);
  await revokeInvitationsOf(transaction, member.id);
  await transaction.membership.delete({ where: { organizationId_personId: { organizationId, personId: member.id } } });
  return revocations;
}

async function revokeAppsOf(transaction: OrganizationTransaction, caller: Caller, { id: personId }: Member) {
  const grants = await transaction.oauthGrant.findMany({
    where: { personId, revokedAt: null },
    orderBy: { id: 'asc' },
  });
  const by = { requestedBy: actorOf(caller), requestedPersonId: caller.person.id };
  const operations: Operation[] = [];
  for (const [, own] of Map.groupBy(grants, ({ connectedAppId }) => connectedAppId)) {
    const operation = await revokeGrants(transaction, own, by);
    if (operation !== null) operations.push(operation);
  }
  return operations;
}
