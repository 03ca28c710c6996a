import { Alert, Button, Group } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Output } from '../../client/registry.ts';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import { Snippets } from '../agent/snippets.tsx';

const { made: strings } = agentsStrings.form;

/** The new agent: its key to take, what is worth knowing, and the first call to make with it. */
export function Made({ made: { agent, agent_key, warnings } }: { made: Output<'create_agent'> }) {
  return (
    <>
      <Alert color="brand" icon={<IconCircleCheck size={18} aria-hidden />} title={strings.title(agent.name)} mb="lg">
        <p>{strings.text}</p>
        <Group mt="sm">
          {agent_key.reveal_url !== null && (
            <Button component="a" href={agent_key.reveal_url} target="_blank" rel="noreferrer">
              {strings.reveal}
            </Button>
          )}
          <Button
            variant="default"
            renderRoot={(props) => <Link {...props} to={paths.agent} params={{ agent: agent.name }} />}
          >
            {strings.open}
          </Button>
        </Group>
      </Alert>
      {warnings.length > 0 && (
        <Alert color="yellow" title={strings.warnings} mb="lg">
          {warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </Alert>
      )}
      <Snippets agent={agent} />
    </>
  );
}
