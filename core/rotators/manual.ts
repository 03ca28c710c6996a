import type { KeyProvider, TryOut } from './key-provider.ts';
import { RotatorError } from './rotator.ts';

/**
 * A person makes and ends the keys.
 * @param tryOut the credential's probe, by which it is seen that the person has ended the old key
 */
export function createManualProvider(tryOut: TryOut | null): KeyProvider {
  const refuseToMint = async (): Promise<never> => {
    throw new RotatorError('permanent', 'This rotator makes no keys: a person enters the new value by an entry link.');
  };
  return {
    mints: false,
    // The person tries again, who has seen the provider's own pages.
    settlingSeconds: 0,
    tryOut: null,
    plan: refuseToMint,
    mint: refuseToMint,
    find: async () => [],
    async revoke({ value }) {
      if (value !== null && tryOut !== null && (await tryOut(value)).outcome === 'refused') return;
      throw new RotatorError('in_doubt', 'End the old key at the provider by hand, then say that it is removed.');
    },
  };
}
