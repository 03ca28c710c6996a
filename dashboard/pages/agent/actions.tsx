import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { act } from '../../client/act.ts';
import { Problem } from '../../client/problem.ts';
import { mayWrite } from '../../client/role.ts';
import { untilEnded } from '../../client/until-ended.ts';
import { useAction } from '../../client/use-action.ts';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { paths } from '../../paths.ts';
import { agentStrings } from '../../strings/agent.ts';
import { agentsStrings } from '../../strings/agents.ts';
import type { Agent } from './page.tsx';

/** What can be done to an agent as a whole; an operator sees none of it. */
export function AgentActions({ agent }: { agent: Agent }) {
  const update = useAction('update_agent');
  const navigate = useNavigate();
  if (!mayWrite) return null;
  const setEnabled = (enabled: boolean): void => {
    const undo = () => void act('update_agent', { agent: agent.id, enabled: !enabled }).catch(toastFailure);
    update.mutate(
      { agent: agent.id, enabled },
      {
        onSuccess: () => toast((enabled ? agentStrings.enabled : agentStrings.disabled)(agent.name), undo),
        onError: toastFailure,
      },
    );
  };
  /** The deletion is cancelled on its way; once it has come to its end, the agent is restored. */
  const undoDelete = async (operation: string): Promise<void> => {
    try {
      await act('cancel_operation', { operation }).catch((error: Error) => {
        if (!(error instanceof Problem && error.code === 'conflict')) throw error;
      });
      const { status, error } = await untilEnded(operation);
      if (status === 'failed') throw new Error(error?.detail);
      if (status === 'succeeded') await act('restore_agent', { agent: agent.id });
      toast(agentsStrings.restored(agent.name));
    } catch (error) {
      toastFailure(error as Error);
    }
  };
  return (
    <>
      <Button variant="default" loading={update.isPending} onClick={() => setEnabled(!agent.enabled)}>
        {agent.enabled ? agentStrings.disable : agentStrings.enable}
      </Button>
      <ConfirmAction
        operation="delete_agent"
        input={{ agent: agent.id }}
        label={agentStrings.remove}
        title={agentStrings.removeTitle(agent.name)}
        onDone={({ operation_id }) => {
          void navigate({ to: paths.agents });
          if (operation_id !== null) toast(agentStrings.removed(agent.name), () => void undoDelete(operation_id));
        }}
      >
        <p className="muted">{agentStrings.removeText}</p>
      </ConfirmAction>
    </>
  );
}
