import { Checkbox, Select, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useAction } from '../../client/use-action.ts';
import { useOperation } from '../../client/use-operation.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { toast } from '../../parts/toast.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { agentStrings } from '../../strings/agent.ts';
import { type InjectionDraft, InjectionFields, injectionOf } from './injection-fields.tsx';
import type { Agent } from './page.tsx';

const { credentials: strings, injection: injectionStrings } = agentStrings;

function LinkForm({ agent, onDone }: { agent: Agent; onDone: () => void }) {
  const credentials = useOperation('list_credentials', { limit: 200 });
  const link = useAction('link_credential');
  const [chosen, setChosen] = useState<string | null>(null);
  const [draft, setDraft] = useState<InjectionDraft>({ kind: 'bearer' });
  const [isAllowing, setAllowing] = useState(false);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (chosen === null) return;
    link.mutate(
      {
        agent: agent.id,
        credential: chosen,
        injection: injectionOf(draft),
        ...(isAllowing && { allow_host: true }),
      },
      {
        onSuccess: () => {
          onDone();
          toast(strings.linked);
        },
      },
    );
  };
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <Select
          label={strings.choose}
          description={strings.chooseHint}
          searchable
          required
          data={(credentials.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
        />
        <InjectionFields draft={draft} onChange={setDraft} />
        <Checkbox
          label={injectionStrings.allowHost}
          description={injectionStrings.allowHostHint}
          checked={isAllowing}
          onChange={({ currentTarget }) => setAllowing(currentTarget.checked)}
        />
        <FormEnd action={link} label={strings.linkSubmit} />
      </Stack>
    </form>
  );
}

/** Has a credential of the vault put into the agent's calls. */
export function LinkCredential({ agent }: { agent: Agent }) {
  return (
    <WindowButton label={strings.link} button={{ size: 'compact-sm', variant: 'default' }}>
      {(done) => <LinkForm agent={agent} onDone={done} />}
    </WindowButton>
  );
}
