import type { Dependencies } from '../dependencies.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';

/** How long a one-time link opens. */
export const ONE_TIME_LINK_MINUTES = 15;

export interface OneTimeLinkUrl {
  /** For the person alone: never into logs, audit events or Temporal. */
  url: string;
  expiresAt: Date;
}

interface LinkTarget {
  kind: 'entry' | 'reveal';
  /** Who asked. */
  personId: string;
  credentialId?: string;
  agentKeyId?: string;
  proposedHosts?: string[];
}

async function createLink(
  transaction: OrganizationTransaction,
  { config }: Pick<Dependencies, 'config'>,
  target: LinkTarget,
): Promise<OneTimeLinkUrl> {
  const presented = newBearerSecret('agl_');
  const expiresAt = new Date(Date.now() + ONE_TIME_LINK_MINUTES * 60_000);
  await transaction.oneTimeLink.create({
    data: {
      ...target,
      organizationId: transaction.organizationId,
      tokenHash: bearerHash(presented),
      proposedHosts: target.proposedHosts ?? [],
      expiresAt,
    },
  });
  return { url: `${config.publicUrl}/${target.kind}/${presented}`, expiresAt };
}

/**
 * A link to the page where a person enters a credential's value. It ends the credential's earlier links: the credential
 * is locked first, so of several made at once one stays.
 * @param proposedHosts what an app proposed as `allowed_hosts`; the person decides on the page
 */
export async function createEntryLink(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  { credentialId, personId, proposedHosts }: { credentialId: string; personId: string; proposedHosts: string[] },
): Promise<OneTimeLinkUrl> {
  await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${credentialId}::uuid FOR UPDATE`;
  await transaction.oneTimeLink.updateMany({
    where: { kind: 'entry', credentialId, usedAt: null, endedAt: null },
    data: { endedAt: new Date() },
  });
  return createLink(transaction, dependencies, { kind: 'entry', credentialId, personId, proposedHosts });
}

/** A link to the page that shows an agent key once, to the person who asked for it. */
export function createRevealLink(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  { agentKeyId, personId }: { agentKeyId: string; personId: string },
): Promise<OneTimeLinkUrl> {
  return createLink(transaction, dependencies, { kind: 'reveal', agentKeyId, personId });
}

/** A link as its page needs it. */
export interface OneTimeLink {
  id: string;
  organizationId: string;
  kind: 'entry' | 'reveal';
  /** Who asked. */
  personId: string;
  credentialId: string | null;
  agentKeyId: string | null;
  proposedHosts: string[];
  state: 'open' | 'used' | 'ended' | 'expired';
}

/** Looks at a link without using it up; null when nobody made it. */
export async function findOneTimeLink(
  { database }: Pick<Dependencies, 'database'>,
  kind: OneTimeLink['kind'],
  presented: string,
): Promise<OneTimeLink | null> {
  const [place] = await database.inInstance(
    (transaction) => transaction.$queryRaw<{ id: string; organization_id: string }[]>`
      SELECT id, organization_id FROM organization_of_one_time_link(${bearerHash(presented)})`,
  );
  if (place === undefined) return null;
  const row = await database.inOrganization(place.organization_id, (transaction) =>
    transaction.oneTimeLink.findFirst({ where: { id: place.id, kind } }),
  );
  return row === null ? null : { ...row, kind, state: stateOf(row) };
}

function stateOf(row: { usedAt: Date | null; endedAt: Date | null; expiresAt: Date }): OneTimeLink['state'] {
  if (row.usedAt !== null) return 'used';
  if (row.endedAt !== null) return 'ended';
  return row.expiresAt <= new Date() ? 'expired' : 'open';
}

/** Uses a link up, in the transaction of what it is used for: of two at once one gets `false`. */
export async function useOneTimeLink(transaction: OrganizationTransaction, linkId: string): Promise<boolean> {
  const { count } = await transaction.oneTimeLink.updateMany({
    where: { id: linkId, usedAt: null, endedAt: null, expiresAt: { gt: new Date() } },
    data: { usedAt: new Date() },
  });
  return count === 1;
}
