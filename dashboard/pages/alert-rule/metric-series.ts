import type { AlertMetric } from '../../../core/domain/alert-metrics.ts';
import type { Minute } from './use-minutes.ts';

/** Metrics whose past the traffic's minutes tell, with the status of the calls that count beside all of them. */
const COUNTED: Partial<Record<AlertMetric, string | null>> = {
  error_rate: null,
  server_errors: '5xx',
  p95_latency_ms: null,
  requests: null,
  throttled_share: '429',
  spend: null,
  no_traffic: null,
};

export const isCharted = (metric: AlertMetric): boolean => metric in COUNTED;
/** Null: all calls. */
export const countedStatus = (metric: AlertMetric): string | null => COUNTED[metric] ?? null;

/** Sums over the window that ends with each minute. */
function windowSums(values: readonly number[], length: number): number[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= length ? (values[index - length] ?? 0) : 0);
    return sum;
  });
}

/**
 * The metric at the end of each minute, over windows of so many minutes, as the form shows it: shares in per cent.
 * Latencies of several minutes do not add up: the slowest minute of the window is shown.
 * @param counted the minutes of calls with the status that counts; all calls where there is none
 */
export function metricSeries(
  metric: AlertMetric,
  { all, counted, windowMinutes, minimumCalls }: Readings,
): (number | null)[] {
  const requests = windowSums(
    all.map((minute) => minute.requests),
    windowMinutes,
  );
  const enough = (index: number) => (requests[index] ?? 0) >= Math.max(1, minimumCalls);
  const sumsOf = (minutes: readonly Minute[], of: (minute: Minute) => number) =>
    windowSums(minutes.map(of), windowMinutes);
  switch (metric) {
    case 'error_rate':
      return sumsOf(all, ({ errors }) => errors).map((sum, index) =>
        enough(index) ? (sum / (requests[index] ?? 1)) * 100 : null,
      );
    case 'throttled_share':
      return sumsOf(counted, (minute) => minute.requests).map((sum, index) =>
        enough(index) ? (sum / (requests[index] ?? 1)) * 100 : null,
      );
    case 'server_errors':
      return sumsOf(counted, (minute) => minute.requests);
    case 'spend':
      return sumsOf(all, ({ spend }) => spend);
    case 'p95_latency_ms':
      return all.map((_, index) => {
        const known = all.slice(Math.max(0, index - windowMinutes + 1), index + 1).flatMap(({ p95 }) => p95 ?? []);
        return enough(index) && known.length > 0 ? Math.max(...known) : null;
      });
    default:
      return requests;
  }
}

export interface Readings {
  all: readonly Minute[];
  counted: readonly Minute[];
  windowMinutes: number;
  minimumCalls: number;
}
