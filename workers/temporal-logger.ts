import { DefaultLogger, type LogMetadata } from '@temporalio/worker';
import type { Logger } from '../core/log.ts';
import { kindsOfError } from './kinds-of-error.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

function withoutErrors(metadata: LogMetadata): LogMetadata {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, value instanceof Error ? kindsOfError(value) : value]),
  );
}

/** Of the workers that have activities only, as they are meant. */
const AS_MEANT = 'No workflows registered, not polling for workflow tasks';

/**
 * Invariant 1: Temporal's warnings as our log lines, without messages and stacks of failures, which may carry what an
 * upstream or a person sent. An instance owner reads those in the Temporal UI.
 */
export function createTemporalLogger(log: Logger): DefaultLogger {
  return new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (message !== AS_MEANT) log[LEVELS[level]](withoutErrors(meta ?? {}), message);
  });
}
