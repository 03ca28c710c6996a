import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** What a server answers while it is not up yet: network errors, and SQLSTATE 57P03 (cannot_connect_now). */
const notYet = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', '57P03']);

async function tryToConnect(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that shuts down breaks the connection once more after connect() has failed.
  client.on('error', () => {});
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Waits until the database accepts a login. A wrong password or a missing database is told at once.
 * @throws Error with what to do next, when the server refuses or does not answer within `patienceSeconds`
 */
export async function waitForDatabase(url: string, patienceSeconds = 60): Promise<void> {
  const { host, username, pathname } = new URL(url);
  const deadline = performance.now() + patienceSeconds * 1_000;
  for (;;) {
    try {
      return await tryToConnect(url);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const name = `Postgres at ${host} (user ${username}, database ${pathname.slice(1)})`;
      if (!notYet.has(code ?? '')) throw new Error(`${name} refuses: ${message}. Check the URL in DATABASE_URL.`);
      if (performance.now() > deadline) {
        throw new Error(`${name} did not answer within ${patienceSeconds} s (${code}). Is it running?`);
      }
      await pause(50);
    }
  }
}
