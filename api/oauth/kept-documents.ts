import type { Client } from 'oidc-provider';
import type { Dependencies } from '../../core/dependencies.ts';
import { findArtifact, keepArtifact } from '../../core/services/oauth-artifacts.ts';

const MODEL = 'ClientDocument';
/** As long as a refresh token lasts without being used. */
const KEPT_SECONDS = 30 * 86_400;

/** Keeps the document of a client that a person allowed something. No others: anyone may name documents. */
export function keepDocument({ database }: Pick<Dependencies, 'database'>, client: Client): Promise<void> {
  return keepArtifact(database, { model: MODEL, id: client.clientId }, { document: client.metadata() }, KEPT_SECONDS);
}

/**
 * A client's document is fetched again and again, also when it refreshes its tokens. While the document's host is away
 * the last one counts, so that nobody is logged out by it. What the host takes back, by 404 or 410, is taken back.
 */
export function orKeptDocument(
  { database }: Pick<Dependencies, 'database'>,
  fetchDocument: typeof fetch,
): typeof fetch {
  return async (input, init) => {
    const key = { model: MODEL, id: String(input) };
    const [fetched, kept] = await Promise.all([
      fetchDocument(input, init).catch((error: Error) => error),
      findArtifact(database, key),
    ]);
    if (kept !== undefined && (fetched instanceof Error || fetched.status >= 500)) return Response.json(kept.document);
    if (fetched instanceof Error) throw fetched;
    if (kept !== undefined && fetched.ok) {
      await keepArtifact(database, key, { document: await fetched.clone().json() }, KEPT_SECONDS);
    }
    return fetched;
  };
}
