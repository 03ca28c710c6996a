import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from './database.ts';

const LONGEST_MS = 3_000;

/**
 * Reads what may be much: no statement of the rest of this transaction takes longer than 3 s, so that one organization's
 * questions do not keep the database from others.
 * @throws PublicError `database_unavailable` that says to ask for less
 */
export async function boundedRead<T>(transaction: OrganizationTransaction, read: () => Promise<T>): Promise<T> {
  await transaction.$executeRawUnsafe(`SET LOCAL statement_timeout = ${LONGEST_MS}`);
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.includes('statement timeout'))) throw cause;
    const detail = 'This is too much to go through at once. Ask for a shorter time, or for one agent.';
    throw new PublicError('database_unavailable', detail, { retryAfterSeconds: 5, cause });
  }
}
