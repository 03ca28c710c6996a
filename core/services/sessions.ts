import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';
import { looksLikeId } from '../domain/names.ts';
import { DAY_MS } from '../domain/times.ts';
import type { InstanceTransaction } from '../store/database.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { auditAccount } from './account-audit.ts';
import { plainAddress } from './networks.ts';

const LIFETIME_DAYS = 14;
/** A session's last use is written at most this often. */
const SEEN_EVERY_MS = 5 * 60_000;
/** How long a sign-in or re-authentication counts as fresh. */
export const FRESH_MINUTES = 10;

const SHOWN = { id: true, createdAt: true, lastSeenAt: true, address: true, userAgent: true } as const;

export interface SessionWithPerson {
  id: string;
  person: CallingPerson;
  createdAt: Date;
  lastSeenAt: Date;
  /** The last time that the person proved who they are. */
  authenticatedAt: Date;
  address: string;
  userAgent: string;
}

/** Where a request comes from, as the list of one's sessions shows it. */
export interface Visitor {
  address: string;
  userAgent: string;
}

/** Reveals, approvals and the making of API tokens ask for a fresh proof. */
export function isFresh(session: Pick<SessionWithPerson, 'authenticatedAt'>): boolean {
  return Date.now() - session.authenticatedAt.getTime() < FRESH_MINUTES * 60_000;
}

/**
 * A new session, made at every sign-in: what a browser held before is never carried over (session fixation).
 * @returns what the browser presents; only its hash is stored
 */
export async function createSession(
  transaction: InstanceTransaction,
  personId: string,
  { address, userAgent }: Visitor,
): Promise<string> {
  const presented = newBearerSecret('ags_');
  await transaction.session.create({
    data: {
      personId,
      tokenHash: bearerHash(presented),
      expiresAt: new Date(Date.now() + LIFETIME_DAYS * DAY_MS),
      address: plainAddress(address),
      userAgent: userAgent.slice(0, 300),
    },
  });
  return presented;
}

/** The session that a browser presents, or null. Its 14 days begin anew with each use. */
export function findSessionByPresented(
  { database }: Pick<Dependencies, 'database'>,
  presented: string,
): Promise<SessionWithPerson | null> {
  return database.inInstance(async (transaction) => {
    const session = await transaction.session.findUnique({
      where: { tokenHash: bearerHash(presented) },
      select: {
        ...SHOWN,
        authenticatedAt: true,
        expiresAt: true,
        person: { select: { id: true, email: true, name: true } },
      },
    });
    if (session === null || session.expiresAt <= new Date()) return null;
    if (Date.now() - session.lastSeenAt.getTime() > SEEN_EVERY_MS) {
      await transaction.session.updateMany({
        where: { id: session.id },
        data: { lastSeenAt: new Date(), expiresAt: new Date(Date.now() + LIFETIME_DAYS * DAY_MS) },
      });
    }
    return session;
  });
}

/** A person's sessions, the last used first. */
export function listSessions({ database }: Pick<Dependencies, 'database'>, personId: string) {
  return database.inInstance((transaction) =>
    transaction.session.findMany({
      where: { personId, expiresAt: { gt: new Date() } },
      orderBy: { lastSeenAt: 'desc' },
      select: SHOWN,
      take: 100,
    }),
  );
}

/**
 * Ends one of a person's own sessions.
 * @returns false for somebody else's, and for what is no ID: it is left alone
 */
export async function endSession(
  { database }: Pick<Dependencies, 'database'>,
  session: { id: string; personId: string },
): Promise<boolean> {
  if (!looksLikeId(session.id)) return false;
  const { count } = await database.inInstance((transaction) => transaction.session.deleteMany({ where: session }));
  return count > 0;
}

/** Ends all sessions of a person, or all but one. */
export async function endSessionsOf(
  transaction: InstanceTransaction,
  personId: string,
  keptSessionId?: string,
): Promise<void> {
  await transaction.session.deleteMany({
    where: { personId, ...(keptSessionId !== undefined && { NOT: { id: keptSessionId } }) },
  });
}

/** Notes that the person has just proved who they are. */
export async function refreshAuthentication(transaction: InstanceTransaction, sessionId: string): Promise<void> {
  await transaction.session.updateMany({ where: { id: sessionId }, data: { authenticatedAt: new Date() } });
}

/** Ends all sessions of the person but this one. */
export async function endOtherSessions(
  dependencies: Pick<Dependencies, 'database'>,
  { id, person }: SessionWithPerson,
  requestId: string,
): Promise<void> {
  await dependencies.database.inInstance((transaction) => endSessionsOf(transaction, person.id, id));
  await auditAccount(dependencies, person, { action: 'end_other_sessions', requestId });
}
