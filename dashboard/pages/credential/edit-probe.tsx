import { Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { FormEnd } from '../../parts/form-end.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { commonStrings } from '../../strings/common.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';
import { useCredentialChange } from './use-credential-change.ts';

const { probe: strings } = credentialsStrings;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The call that shows whether a new value works. What only REST sets of it, such as the method, stays. */
function ProbeForm({ credential, onDone }: { credential: Credential; onDone: () => void }) {
  const { agents } = credential;
  const [probe] = useState(credential.probe);
  const [path, setPath] = useState(textOf(probe?.path));
  const [agent, setAgent] = useState<string | null>(textOf(probe?.agent) || (agents[0] ?? null));
  const { action, save: saveChange } = useCredentialChange(credential, strings.saved, onDone);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    saveChange({ probe: { ...probe, path, ...(agent !== null && { agent }) } });
  };
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <p className="muted">{strings.text}</p>
        <TextInput
          data-autofocus
          required
          label={strings.path}
          description={strings.pathHint}
          placeholder="/v1/account"
          autoComplete="off"
          spellCheck={false}
          value={path}
          onChange={({ currentTarget }) => setPath(currentTarget.value)}
        />
        {agents.length > 1 && (
          <Select label={strings.agent} data={agents} value={agent} allowDeselect={false} onChange={setAgent} />
        )}
        <FormEnd action={action} label={commonStrings.save} what={credentialsStrings.edit.what} />
      </Stack>
    </form>
  );
}

/** Sets the probe, without which a value that is entered by hand cannot be rotated. */
export function EditProbe({ credential }: { credential: Credential }) {
  return (
    <WindowButton
      label={credential.probe === null ? strings.set : strings.change}
      button={{ size: 'xs', variant: 'default' }}
    >
      {(done) => <ProbeForm credential={credential} onDone={done} />}
    </WindowButton>
  );
}
