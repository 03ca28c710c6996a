import type { Database, InstanceTransaction } from '../store/database.ts';
import type { OauthArtifact, Prisma } from '../store/generated/client.ts';
import { bearerHash } from '../vault/bearer-secret.ts';

/**
 * What the authorization server keeps besides grants: tokens, codes, interactions, registered clients. The ID of a token
 * is the token itself, so a row is keyed by its hash and its payload goes without the ID: a dump of the store holds
 * nothing that a bearer could present.
 */
export interface ArtifactKey {
  /** `AccessToken`, `RefreshToken`, `AuthorizationCode`, `Interaction`, `Client` … */
  model: string;
  id: string;
}

export type ArtifactPayload = Record<string, unknown>;

function rowKey({ model, id }: ArtifactKey): { model: string; idHash: Buffer<ArrayBuffer> } {
  return { model, idHash: bearerHash(id) };
}

/** @param expiresInSeconds undefined: it stays */
export async function keepArtifact(
  database: Database,
  key: ArtifactKey,
  payload: ArtifactPayload,
  expiresInSeconds: number | undefined,
): Promise<void> {
  const { jti: _presented, ...kept } = payload;
  const data = {
    payload: kept as Prisma.InputJsonObject,
    grantId: typeof payload.grantId === 'string' ? payload.grantId : null,
    expiresAt: expiresInSeconds === undefined ? null : new Date(Date.now() + expiresInSeconds * 1000),
  };
  await database.inInstance((transaction) =>
    transaction.oauthArtifact.upsert({
      where: { model_idHash: rowKey(key) },
      create: { ...rowKey(key), ...data },
      update: data,
    }),
  );
}

function payloadOf(row: OauthArtifact | null, { model, id }: ArtifactKey): ArtifactPayload | undefined {
  if (row === null || (row.expiresAt !== null && row.expiresAt <= new Date())) return undefined;
  return {
    ...(row.payload as ArtifactPayload),
    ...(model !== 'Client' && { jti: id }),
    ...(row.consumedAt !== null && { consumed: Math.floor(row.consumedAt.getTime() / 1000) }),
  };
}

/** @returns the payload with its ID put back and, when it was used up, `consumed` in seconds since 1970 */
export async function findArtifact(database: Database, key: ArtifactKey): Promise<ArtifactPayload | undefined> {
  const row = await database.inInstance((transaction) =>
    transaction.oauthArtifact.findUnique({ where: { model_idHash: rowKey(key) } }),
  );
  return payloadOf(row, key);
}

export async function dropArtifact(database: Database, key: ArtifactKey): Promise<void> {
  await database.inInstance((transaction) => transaction.oauthArtifact.deleteMany({ where: rowKey(key) }));
}

/** Everything issued under a grant. */
export async function dropArtifactsOfGrant(transaction: InstanceTransaction, grantId: string): Promise<void> {
  await lockRefreshTokens(transaction, grantId);
  await transaction.oauthArtifact.deleteMany({ where: { grantId } });
}

/** Uses a one-time artifact up. @returns false when another request was first */
export async function consumeOnce(database: Database, key: ArtifactKey): Promise<boolean> {
  const { count } = await database.inInstance((transaction) =>
    transaction.oauthArtifact.updateMany({
      where: { ...rowKey(key), consumedAt: null },
      data: { consumedAt: new Date() },
    }),
  );
  return count === 1;
}

export interface PresentedRefreshToken {
  /** With `consumed` where the token is retired: its grant must end. */
  payload: ArtifactPayload | undefined;
  /** The grant's ID, where the token was used up or its sibling was. */
  reusedOf: string | null;
}

/**
 * A refresh token as it is presented. One whose sibling was used is no good, but says little: its client lost an answer
 * and asked again, or runs twice. Once the successor of that sibling was used too, it is retired like any other.
 */
export async function findRefreshToken(database: Database, id: string): Promise<PresentedRefreshToken> {
  const key = { model: 'RefreshToken', id };
  return database.inInstance(async (transaction) => {
    const row = await transaction.oauthArtifact.findUnique({ where: { model_idHash: rowKey(key) } });
    const payload = payloadOf(row, key);
    if (row === null || row.consumedAt === null || row.grantId === null) return { payload, reusedOf: null };
    const { grantId } = row;
    const generation = generationOf(row.payload);
    const family = await transaction.oauthArtifact.findMany({ where: { model: key.model, grantId, consumedAt: null } });
    const siblingStands = family.some((other) => generationOf(other.payload) === generation);
    return { payload: siblingStands ? undefined : payload, reusedOf: grantId };
  });
}

/**
 * A refresh token is presented and will be followed by a new one. So that a lost answer logs nobody out, the presented
 * generation stays good until its successor is first used: then it is retired, and who presents a retired one has
 * stolen it or was stolen from. Siblings, made by repeating one lost request, end as soon as one of them is used.
 * @returns false when it was retired or dropped meanwhile
 */
export function rotateRefreshToken(database: Database, id: string): Promise<boolean> {
  const key = rowKey({ model: 'RefreshToken', id });
  return database.inInstance(async (transaction) => {
    const found = await transaction.oauthArtifact.findUnique({ where: { model_idHash: key } });
    if (found === null || found.grantId === null) return false;
    await lockRefreshTokens(transaction, found.grantId);
    const family = await transaction.oauthArtifact.findMany({ where: { model: key.model, grantId: found.grantId } });
    const presented = family.find((row) => key.idHash.equals(row.idHash));
    if (presented === undefined || presented.consumedAt !== null) return false;
    const generation = generationOf(presented.payload);
    const over = family.filter(
      (row) => row !== presented && row.consumedAt === null && generationOf(row.payload) <= generation,
    );
    await transaction.oauthArtifact.updateMany({
      where: { model: key.model, idHash: { in: over.map(({ idHash }) => idHash) } },
      data: { consumedAt: new Date() },
    });
    return true;
  });
}

/** One change of a grant's refresh tokens at a time; the order of the rows keeps two of them from a deadlock. */
async function lockRefreshTokens(transaction: InstanceTransaction, grantId: string): Promise<void> {
  await transaction.$queryRaw`
    SELECT 1 FROM oauth_artifact WHERE model = 'RefreshToken' AND grant_id = ${grantId} ORDER BY id_hash FOR UPDATE`;
}

function generationOf(payload: Prisma.JsonValue): number {
  const rotations = (payload as { rotations?: unknown }).rotations;
  return typeof rotations === 'number' ? rotations : 0;
}
