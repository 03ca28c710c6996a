import { asMoney, inFull } from '../../../charts/formats.ts';

/** An amount of a budget; as long as no agent has a price there is no currency, and it is a bare figure. */
export function asAmount(amount: number, currency: string | null): string {
  return currency === null ? inFull(amount) : asMoney({ amount, currency });
}
