import { measureLogs } from './measure-logs.ts';

/** Each by how many calls the log holds: what is asked of it must not take longer with the bigger one. */
export const LOG_BENCHES: Record<string, () => Promise<void>> = {
  '2-million': () => measureLogs('logs-2-million', 2_000_000),
  '20-million': () => measureLogs('logs-20-million', 20_000_000),
};
