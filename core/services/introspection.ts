import type { IntrospectedTokens } from '../domain/access-revocation.ts';
import type { Database } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

/**
 * What is kept of grants and has neither expired nor been used up, and how much of it is active (RFC 7662 §2.2): by
 * the look-up that every call of an app and every exchange of a token goes through.
 */
export async function introspectTokensOf(database: Database, grantIds: readonly string[]): Promise<IntrospectedTokens> {
  const rows = await database.lookUp<{ model: string; kept: number; active: number }>(Prisma.sql`
    SELECT a.model, count(*)::int AS kept, count(g.id)::int AS active
    FROM oauth_artifact a LEFT JOIN LATERAL live_grant(a.grant_id) g ON true
    WHERE a.grant_id = ANY(${[...grantIds]}) AND a.consumed_at IS NULL AND a.expires_at > now()
    GROUP BY a.model`);
  const kept = (model: string) => rows.find((row) => row.model === model)?.kept ?? 0;
  return {
    access_tokens: kept('AccessToken'),
    refresh_tokens: kept('RefreshToken'),
    authorization_codes: kept('AuthorizationCode'),
    active: rows.reduce((sum, { active }) => sum + active, 0),
  };
}
