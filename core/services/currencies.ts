import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/**
 * Keeps the prices of an organization's agents in one currency: spend is added up over agents.
 * @param agentId the agent that gets the price, whose present one does not count
 * @throws PublicError `conflict`
 */
export async function requireOneCurrency(
  transaction: OrganizationTransaction,
  currency: string,
  agentId: string | null = null,
): Promise<void> {
  // Two agents that get their prices at once see one another.
  await transaction.$queryRaw`SELECT id FROM organization WHERE id = app_organization() FOR NO KEY UPDATE`;
  const [other] = await transaction.$queryRaw<{ name: string; currency: string }[]>`
    SELECT name, price->>'currency' AS currency FROM agent
    WHERE deleted_at IS NULL AND price->>'currency' <> ${currency} AND (${agentId}::uuid IS NULL OR id <> ${agentId}::uuid)
    LIMIT 1`;
  if (other !== undefined) {
    throw new PublicError(
      'conflict',
      `The agent ${other.name} is priced in ${other.currency}: all of an organization's prices are in one currency.`,
    );
  }
}

/** The currency of an organization's prices; null where no agent has one. Of deleted agents where no other has. */
export async function currencyOf(transaction: OrganizationTransaction): Promise<string | null> {
  const [priced] = await transaction.$queryRaw<{ currency: string }[]>`
    SELECT price->>'currency' AS currency FROM agent WHERE price->>'currency' IS NOT NULL ORDER BY deleted_at DESC NULLS FIRST LIMIT 1`;
  return priced?.currency ?? null;
}
