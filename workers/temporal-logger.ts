import { DefaultLogger, type LogMetadata } from '@temporalio/worker';
import type { Logger } from '../core/log.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** An error's kind and code, and those of its causes: `ActivityFailure < PrismaClientKnownRequestError P2039`. */
function kindsOf(error: Error): string {
  const kinds: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const { type, code } = current as { type?: unknown; code?: unknown };
    kinds.push([current.name, type, code].filter((part) => typeof part === 'string').join(' '));
  }
  return kinds.join(' < ');
}

function withoutErrors(metadata: LogMetadata): LogMetadata {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, value instanceof Error ? kindsOf(value) : value]),
  );
}

/**
 * Invariant 1: Temporal's warnings as our log lines, without messages and stacks of failures, which may carry what an
 * upstream or a person sent. An instance owner reads those in the Temporal UI.
 */
export function createTemporalLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    log[LEVELS[level]](withoutErrors(meta ?? {}), message);
  });
}
