import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Credential, Prisma } from '../store/generated/client.ts';
import { sealVersion } from '../vault/version-values.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { onlyRestorable, restorableBy } from './restorable.ts';

/** A credential that lives, by name or ID. Unknown, deleted and foreign ones answer alike. */
export async function findCredential(transaction: OrganizationTransaction, reference: string): Promise<Credential> {
  const credential = await transaction.credential.findFirst({
    where: { deletedAt: null, ...(looksLikeId(reference) ? { id: reference } : { name: reference }) },
  });
  if (credential === null) throw notFound('credential', reference);
  return credential;
}

/** @throws PublicError `conflict` with the candidates when several deleted ones had this name */
export async function findDeletedCredential(
  transaction: OrganizationTransaction,
  reference: string,
): Promise<Credential> {
  const candidates = await transaction.credential.findMany({
    where: restorableBy(reference),
    orderBy: { deletedAt: 'desc' },
  });
  return onlyRestorable('credential', reference, candidates);
}

/** A secret as it may be stored: what a header can carry, at most 8 KB, without the blanks of copying. */
export function readSecretValue(text: string): string {
  const value = text.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (value === '' || Buffer.byteLength(value) > 8_192 || /[\u0000-\u001f\u007f]/.test(value)) {
    throw new PublicError('invalid_request', 'value: enter the secret on one line, at most 8 KB.', {
      issues: [{ path: 'value', message: 'enter the secret on one line, at most 8 KB' }],
    });
  }
  return value;
}

/**
 * Stores a credential's first value as its current version, and where it may be sent.
 * @throws PublicError `conflict` when it has a value already
 */
export async function storeCredentialValue(
  transaction: OrganizationTransaction,
  { vault }: Dependencies,
  {
    credentialId,
    value,
    personId,
    allowedHosts,
  }: { credentialId: string; value: string; personId: string; allowedHosts: string[] },
): Promise<Credential> {
  const { organizationId } = transaction;
  await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${credentialId}::uuid FOR UPDATE`;
  const credential = await transaction.credential.findFirst({ where: { id: credentialId, deletedAt: null } });
  if (credential === null) throw notFound('credential', credentialId);
  if (credential.status !== 'awaiting_value') {
    throw new PublicError('conflict', `"${credential.name}" already has a value. Rotate it to replace the value.`);
  }
  const versionId = uuid();
  const sealed = await sealVersion(vault, { organizationId, credentialId, id: versionId }, value);
  await transaction.credentialVersion.create({
    data: {
      id: versionId,
      organizationId,
      credentialId,
      state: 'current',
      ...sealed,
      createdBy: personId,
    },
  });
  return transaction.credential.update({
    where: { id: credentialId },
    data: { status: 'active', allowedHosts, version: { increment: 1 }, updatedAt: new Date() },
  });
}

const parts = {
  versions: { where: { state: { not: 'revoked' } }, orderBy: { createdAt: 'desc' } },
  links: { where: { agent: { deletedAt: null } }, include: { agent: { select: { name: true } } } },
} satisfies Prisma.CredentialInclude;

type CredentialWithParts = Prisma.CredentialGetPayload<{ include: typeof parts }>;

interface VersionUse {
  last_used_at: string;
  last_used_by: string | null;
  calls: number;
}

const NEVER_USED = { last_used_at: null, last_used_by: null, calls: 0 } as const;

/** How often calls carried each version, when last and of which agent, as the request logs tell. */
async function versionUses(
  transaction: OrganizationTransaction,
  credentials: CredentialWithParts[],
): Promise<Map<string, VersionUse>> {
  const ids = credentials.flatMap(({ versions }) => versions.map(({ id }) => id));
  const uses = await transaction.lastUse.findMany({ where: { subjectId: { in: ids } } });
  const agentIds = [...new Set(uses.flatMap(({ agentId }) => agentId ?? []))];
  const agents = await transaction.agent.findMany({
    where: { id: { in: agentIds } },
    select: { id: true, name: true },
  });
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  return new Map(
    uses.map(({ subjectId, lastUsedAt, agentId, calls }) => [
      subjectId,
      {
        last_used_at: lastUsedAt.toISOString(),
        last_used_by: names.get(agentId ?? '') ?? null,
        calls: Number(calls),
      },
    ]),
  );
}

async function ownerNames(
  transaction: OrganizationTransaction,
  credentials: Credential[],
): Promise<Map<string, string>> {
  const ids = credentials.flatMap(({ ownerId }) => (ownerId === null ? [] : [ownerId]));
  if (ids.length === 0) return new Map();
  const owners = await transaction.person.findMany({ where: { id: { in: ids } }, select: { id: true, email: true } });
  return new Map(owners.map(({ id, email }) => [id, email]));
}

/** What people and apps see of a credential: never a value (invariant 1). */
function credentialJson(credential: CredentialWithParts, uses: Map<string, VersionUse>, owners: Map<string, string>) {
  return {
    id: credential.id,
    name: credential.name,
    status: credential.status as 'awaiting_value' | 'active' | 'deleted',
    provider: credential.provider,
    fingerprint: credential.versions.find(({ state }) => state === 'current')?.fingerprint ?? null,
    allowed_hosts: credential.allowedHosts,
    labels: credential.labels,
    owner: owners.get(credential.ownerId ?? '') ?? null,
    agents: credential.links.map(({ agent }) => agent.name),
    versions: credential.versions.map((version) => ({
      id: version.id,
      state: version.state as 'staged' | 'current' | 'previous' | 'revoked',
      fingerprint: version.fingerprint,
      created_at: version.createdAt.toISOString(),
      ...(uses.get(version.id) ?? NEVER_USED),
    })),
    expires_at: credential.expiresAt?.toISOString() ?? null,
    rotator: credential.rotator as Record<string, unknown> | null,
    probe: credential.probe as Record<string, unknown> | null,
    rotation_policy: credential.rotationPolicy as Record<string, unknown> | null,
    rotation_due_at: credential.rotationDueAt?.toISOString() ?? null,
    rotation: credential.rotation as { operation_id: string; phase: string } | null,
    version: credential.version,
    created_at: credential.createdAt.toISOString(),
    deleted_at: credential.deletedAt?.toISOString() ?? null,
    restorable_until: credential.restorableUntil?.toISOString() ?? null,
  };
}

export type CredentialJson = ReturnType<typeof credentialJson>;

export async function describeCredential(transaction: OrganizationTransaction, id: string): Promise<CredentialJson> {
  const credential = await transaction.credential.findUniqueOrThrow({ where: { id }, include: parts });
  return credentialJson(
    credential,
    await versionUses(transaction, [credential]),
    await ownerNames(transaction, [credential]),
  );
}

export interface CredentialListing {
  q?: string | undefined;
  deleted: boolean;
  limit: number;
  cursor?: string | undefined;
}

export async function listCredentials(
  transaction: OrganizationTransaction,
  { q, deleted, limit, cursor }: CredentialListing,
): Promise<Page<CredentialJson>> {
  const position = decodeCursor(cursor);
  const rows = await transaction.credential.findMany({
    where: {
      ...(deleted ? { deletedAt: { not: null }, purgedAt: null } : { deletedAt: null }),
      ...(q === undefined
        ? {}
        : { OR: [{ name: { contains: q.toLowerCase() } }, { provider: { contains: q, mode: 'insensitive' } }] }),
      ...(position === undefined
        ? {}
        : { AND: [{ OR: [{ name: { gt: position.sort } }, { name: position.sort, id: { gt: position.id } }] }] }),
    },
    include: parts,
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  const uses = await versionUses(transaction, rows);
  const owners = await ownerNames(transaction, rows);
  return toPage(
    rows,
    limit,
    (row) => credentialJson(row, uses, owners),
    ({ name, id }) => ({ sort: name, id }),
  );
}
