import type { Dependencies } from '../../../core/dependencies.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { apiTokenScopesOfRole } from '../../../core/domain/scopes.ts';
import { createApiToken } from '../../../core/services/api-tokens.ts';

/** The value of an API token that may do all that its maker may. */
export async function createApiTokenFor({ database }: Dependencies, maker: Caller): Promise<string> {
  const made = await database.inOrganization(maker.organizationId, (transaction) =>
    createApiToken(transaction, maker, { name: 'test', scopes: apiTokenScopesOfRole(maker.role), expiresAt: null }),
  );
  return made.value;
}
