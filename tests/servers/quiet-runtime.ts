import { DefaultLogger, Runtime } from '@temporalio/worker';

export const quietLogger = new DefaultLogger('ERROR', () => {});

/** Keeps Temporal's own log out of the tests' output. Call it before anything else of its worker is used. */
export function quietTemporalRuntime(): void {
  if (Runtime._instance !== undefined) return;
  Runtime.install({
    logger: quietLogger,
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
}
