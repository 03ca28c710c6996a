import type { RunContext } from './define-operation.ts';

/** Has a delivery that the transaction planned made at once. A lost word harms nothing: the schedule finds it within a minute. */
export function deliverSoon({ afterCommit, workflows, log }: RunContext): void {
  afterCommit(() =>
    workflows.tellDeliveriesDue().catch((error: unknown) => {
      log.warn({ err: error }, 'the workers were not told of a delivery; they look within a minute');
    }),
  );
}
