import { setTimeout as pause } from 'node:timers/promises';
import type { Path } from './path.ts';

const revocation = { organizationId: 'organization', operationId: 'operation', grantIds: ['grant'] };
const tokens = { access_tokens: 1, refresh_tokens: 1, authorization_codes: 0, active: 0 };

const revokeAccess = { workflowType: 'revokeAccess', args: [revocation] };
const revokes = {
  introspectTokens: async (): Promise<typeof tokens | null> => tokens,
  settleOperations: async () => {},
};

/** One history for each path through `revokeAccess`. */
export const revocationPaths: Record<string, Path> = {
  'revoke-access-done': { ...revokeAccess, activities: revokes },
  'revoke-access-still-active': { ...revokeAccess, activities: { ...revokes, introspectTokens: async () => null } },
  'revoke-access-cancelled-in-vain': {
    ...revokeAccess,
    activities: { ...revokes, introspectTokens: async () => pause(300, tokens) },
    during: { activity: 'introspectTokens', act: (workflow) => workflow.cancel() },
  },
};
