import { REQUEST_TIMEOUT_MS } from './bound-request.ts';
import { type MintPlan, RotatorError } from './rotator.ts';

/** A plan is used at once, so that the time in which its key can come into being is known. */
const LONGEST_UNUSED_MS = 5_000;

/** From a plan's making to the moment at which the provider has had its call, or never will. */
export const MINT_WINDOW_MS = LONGEST_UNUSED_MS + REQUEST_TIMEOUT_MS;

export function newMintPlan(marker: string): MintPlan {
  return { marker, planned_at: new Date().toISOString() };
}

/** @throws RotatorError before anything is sent */
export function requireFreshPlan({ planned_at }: MintPlan): void {
  const age = Date.now() - Date.parse(planned_at);
  if (age >= 0 && age <= LONGEST_UNUSED_MS) return;
  throw new RotatorError('retryable', 'Too much time passed before the new key was made. It is planned anew.');
}

/**
 * A key that is looked for too early is not in the list yet, and would stay behind unseen.
 * @throws RotatorError `retryable` until the plan's call is over and the provider has had its time
 */
export function requirePlanOver({ planned_at }: MintPlan, settlingSeconds: number): void {
  const waitMs = Date.parse(planned_at) + MINT_WINDOW_MS + settlingSeconds * 1_000 - Date.now();
  if (waitMs <= 0) return;
  throw new RotatorError(
    'retryable',
    'The provider may still be making the key of a broken attempt. It is looked for soon.',
    {
      retryAfterSeconds: Math.ceil(waitMs / 1_000),
    },
  );
}
