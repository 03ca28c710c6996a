import { Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../../client/use-action.ts';
import { useFilledVersion } from '../../client/use-filled-version.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { toast } from '../../parts/toast.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { commonStrings } from '../../strings/common.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';

const { probe: strings } = credentialsStrings;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The call that shows whether a new value works. What only REST sets of it, such as the method, stays. */
function ProbeForm({ credential, onDone }: { credential: Credential; onDone: () => void }) {
  const { id, agents, version: shown } = credential;
  const [probe] = useState(credential.probe);
  const [path, setPath] = useState(textOf(probe?.path));
  const [agent, setAgent] = useState<string | null>(textOf(probe?.agent) || (agents[0] ?? null));
  const update = useAction('update_credential');
  const [version] = useFilledVersion(shown, update.error);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    update.mutate(
      { credential: id, probe: { ...probe, path, ...(agent !== null && { agent }) }, expected_version: version },
      {
        onSuccess: () => {
          toast(strings.saved);
          onDone();
        },
      },
    );
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
        <FormEnd action={update} label={commonStrings.save} what={credentialsStrings.edit.what} />
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
