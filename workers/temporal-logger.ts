import { DefaultLogger, type LogMetadata } from '@temporalio/worker';
import type { Logger } from '../core/log.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What may be told of an error: its kind. Messages and stacks may carry what an upstream or a person sent. */
function withoutErrors(metadata: LogMetadata): LogMetadata {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, value instanceof Error ? kindsOf(value) : value]),
  );
}

function kindsOf(error: Error): string {
  const kinds: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const { type } = current as { type?: unknown };
    kinds.push(typeof type === 'string' ? `${current.name}(${type})` : current.name);
  }
  return kinds.join(' < ');
}

/** Temporal's own log lines as ours, without the messages of failures (invariant 1). */
export function createTemporalLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    log[LEVELS[level]](withoutErrors(meta ?? {}), message);
  });
}
