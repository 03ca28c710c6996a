import type { Price } from '../../core/domain/price.ts';

/** An agent's price, in millionths of its currency, worked out when the snapshot changes. */
export interface RoutePrice {
  readonly requestMicros: number;
  readonly byteMicros: number;
  readonly tokens: {
    readonly inputMicros: number;
    readonly cachedInputMicros: number;
    readonly outputMicros: number;
  } | null;
}

/** @param given the agent's `price`; null: calls are not priced */
export function routePrice(given: unknown): RoutePrice | null {
  if (given === null || given === undefined) return null;
  const { per_request = 0, per_megabyte = 0, llm } = given as Price;
  return {
    requestMicros: per_request * 1_000_000,
    // A millionth of the price of a million bytes is the price of one; likewise with tokens.
    byteMicros: per_megabyte,
    tokens: llm
      ? {
          inputMicros: llm.input_per_million,
          cachedInputMicros: llm.cached_input_per_million ?? llm.input_per_million,
          outputMicros: llm.output_per_million,
        }
      : null,
  };
}
