import type { AgentDeletion } from '../../core/domain/agent-deletion.ts';
import type { Workflows } from '../../core/temporal/workflows.ts';

export interface RecordedWorkflows extends Workflows {
  startedDeletions: AgentDeletion[];
  toldRestored: Pick<AgentDeletion, 'agentId' | 'operationId'>[];
  /** Every start fails with this from now on; undefined: they work again. */
  failStartsWith(error: Error | undefined): void;
}

/** Remembers what would be started, for tests of what comes before a workflow. */
export function recordWorkflows(): RecordedWorkflows {
  let failure: Error | undefined;
  const startedDeletions: RecordedWorkflows['startedDeletions'] = [];
  const toldRestored: RecordedWorkflows['toldRestored'] = [];
  return {
    startedDeletions,
    toldRestored,
    failStartsWith: (error) => {
      failure = error;
    },
    async startAgentDeletion(deletion) {
      if (failure !== undefined) throw failure;
      startedDeletions.push(deletion);
    },
    async tellAgentRestored(deletion) {
      toldRestored.push(deletion);
    },
  };
}
