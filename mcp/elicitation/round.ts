import { createRequestStateCodec, type RequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import type { Dependencies } from '../../core/dependencies.ts';
import { authenticatedBy } from '../auth-info.ts';

/** What a call has come to when it asks the person something; it comes back with the answer. */
export type Round =
  | { asked: 'confirm' /** What was shown: the answer holds for nothing else. */; call: string }
  | { asked: 'open'; tool: string; answer: Record<string, unknown> };

/**
 * Seals rounds: between question and answer they are in the client's hands, and another process may get the answer. The
 * same grant must bring it back, within ten minutes.
 */
export function createRounds({ instanceKeys }: Pick<Dependencies, 'instanceKeys'>): RequestStateCodec<Round> {
  const codec = async () =>
    createRequestStateCodec<Round>({ key: await instanceKeys.key('mcp-rounds'), ttlSeconds: 600, bind: grantOf });
  return {
    mint: async (round, context) => (await codec()).mint(round, context),
    verify: async (state, context) => (await codec()).verify(state, context),
  };
}

function grantOf({ http }: ServerContext): string {
  return authenticatedBy(http?.authInfo).caller.grantId;
}
