import { type MintedKey, type MintPlan, type ProviderReference, type Rotator, RotatorError } from './rotator.ts';

/** Where attempts to mint are recorded, durably: each method has committed when it returns. */
export interface MintJournal<Kept> {
  /** The plan of an attempt whose end is not recorded. */
  unfinished(): Promise<MintPlan | null>;
  begin(plan: MintPlan): Promise<void>;
  /** Seals the value in the vault and ends the plan, in one transaction. */
  keep(minted: MintedKey): Promise<Kept>;
  /** Ends the plan: nothing of it is left at the provider. */
  abandon(): Promise<void>;
  /** Ends the plan: nothing of it was found at the provider, which may still make its key. */
  lose(): Promise<void>;
}

/**
 * Mints one key, whatever happened to attempts before this one. The plan commits before the provider is asked, so that a
 * crash at any point leaves either a recorded key or a plan by which the next attempt finds the lost key and ends it.
 * @throws RotatorError; after any of them `mintOnce` may be called again, or `removeUnfinished` to give up
 */
export async function mintOnce<Kept>(rotator: Rotator, marker: string, journal: MintJournal<Kept>): Promise<Kept> {
  await removeUnfinished(rotator, journal);
  const plan = await rotator.plan(marker);
  await journal.begin(plan);
  return journal.keep(await mintOrAbandon(rotator, plan, journal));
}

/**
 * Ends what a broken attempt left at the provider.
 * @returns the keys that were ended
 * @throws RotatorError `in_doubt` when a person must tell whose key it is
 */
export async function removeUnfinished(rotator: Rotator, journal: MintJournal<unknown>): Promise<ProviderReference[]> {
  const plan = await journal.unfinished();
  if (plan === null) return [];
  const lost = await rotator.find(plan);
  for (const provider_reference of lost) await rotator.revoke({ provider_reference, value: null });
  if (lost.length > 0) await journal.abandon();
  else await journal.lose();
  return lost;
}

async function mintOrAbandon(rotator: Rotator, plan: MintPlan, journal: MintJournal<unknown>): Promise<MintedKey> {
  try {
    return await rotator.mint(plan);
  } catch (error) {
    if (error instanceof RotatorError && !error.maybeMinted) await journal.abandon();
    throw error;
  }
}
