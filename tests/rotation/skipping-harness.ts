import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { startTimeSkipping } from '../servers/time-skipping.ts';
import { type RotationHarness, skippedClock, startRotationHarness } from './harness.ts';

export type SkippingHarness = RotationHarness & { temporal: TestWorkflowEnvironment };

/** The harness on a Temporal of its own that skips to the next timer, beginning now. */
export async function startSkippingHarness(environment: NodeJS.ProcessEnv = {}): Promise<SkippingHarness> {
  const started = Promise.withResolvers<TestWorkflowEnvironment>();
  const harness = await startRotationHarness(
    async (made) => {
      const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
      const temporal = await startTimeSkipping(dataConverter);
      started.resolve(temporal);
      return { temporal, dataConverter };
    },
    { now: skippedClock, environment },
  );
  const temporal = await started.promise;
  return {
    ...harness,
    temporal,
    async stop() {
      await harness.stop();
      await temporal.teardown();
    },
  };
}
