import { Button, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../../client/use-action.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { agentStrings } from '../../strings/agent.ts';
import type { Agent } from './page.tsx';

const { keys: strings } = agentStrings;

function NewKeyForm({ agent }: { agent: Agent }) {
  const [name, setName] = useState('');
  const create = useAction('create_agent_key');
  const revealUrl = create.data?.agent_key.reveal_url;
  if (revealUrl != null) {
    return (
      <>
        <p>{strings.made}</p>
        <Button component="a" href={revealUrl} target="_blank" rel="noreferrer" mt="md">
          {strings.reveal}
        </Button>
      </>
    );
  }
  const make = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate({ agent: agent.id, name });
  };
  return (
    <form onSubmit={make}>
      <Stack gap="md">
        <TextInput
          label={strings.nameLabel}
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <FormEnd action={create} label={strings.createSubmit} />
      </Stack>
    </form>
  );
}

/** Makes one more key for an agent; the person takes it from a page that shows it once. */
export function NewKey({ agent }: { agent: Agent }) {
  return (
    <WindowButton label={strings.create} button={{ size: 'compact-sm', variant: 'default' }}>
      {() => <NewKeyForm agent={agent} />}
    </WindowButton>
  );
}
