import type { Exchange } from '../exchange.ts';
import { fieldValue } from '../headers/response-headers.ts';
import type { RoutePrice } from './route-price.ts';
import { UsageReader } from './usage-reader.ts';

/** The upstream tells the tokens, so it could name any sum: a batch of such calls must still add up to a 64-bit integer. */
const LARGEST_MICROS = 1e14;

/**
 * What reads the usage out of an answer; null where tokens have no price or the answer cannot be read as it passes (it is
 * compressed although the relay asked for it plain, or neither JSON nor an event stream).
 * @param headers the answer's, as a flat list
 */
export function usageReaderFor(price: RoutePrice | null, headers: readonly string[]): UsageReader | null {
  if (price === null || price.tokens === null) return null;
  const encoding = fieldValue(headers, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return null;
  const type = fieldValue(headers, 'content-type')?.toLowerCase() ?? '';
  if (type.startsWith('text/event-stream')) return new UsageReader(true);
  return /^application\/([\w.-]+\+)?json\b/.test(type) ? new UsageReader(false) : null;
}

/**
 * A call's cost in millionths of the price's currency; null without a price. Only what an upstream answered with a status
 * below 400 costs anything.
 */
export function spendMicros(exchange: Exchange, price: RoutePrice | null, status: number): number | null {
  if (price === null) return null;
  if (exchange.answeredAt === 0 || status >= 400) return 0;
  let micros = price.requestMicros + (exchange.bytesIn + exchange.bytesOut) * price.byteMicros;
  const usage = exchange.usageReader?.usage;
  if (usage && price.tokens !== null) {
    const { inputMicros, cachedInputMicros, outputMicros } = price.tokens;
    micros += usage.input * inputMicros + usage.cachedInput * cachedInputMicros + usage.output * outputMicros;
  }
  return Math.min(Math.round(micros), LARGEST_MICROS);
}
