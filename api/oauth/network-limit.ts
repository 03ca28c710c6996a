import { type Allowance, createAllowance } from '../../core/allowance.ts';
import { networkOf } from '../../core/services/networks.ts';

/**
 * Bounds what is stored for anyone, before anybody has signed in, by the network that asks. It decides about nothing else.
 * @returns for an address, the seconds to wait; 0: go on
 */
export function createNetworkLimit(allowance: Allowance, now?: () => number): (address: string | undefined) => number {
  const secondsToWait = createAllowance(allowance, now);
  return (address = '') => secondsToWait(networkOf(address));
}
