import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { Output } from '../../client/registry.ts';
import { useAction } from '../../client/use-action.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { Panel } from '../../parts/panel.tsx';
import { welcomeStrings } from '../../strings/welcome.ts';

const { agent: strings } = welcomeStrings;

/** The first agent: a name and where its calls go. */
export function AgentStep({ onMade }: { onMade: (made: Output<'create_agent'>) => void }) {
  const creating = useAction('create_agent');
  const form = useForm({ initialValues: { name: '', upstream_url: '' } });
  const problems = problemsByField(creating.error);
  const create = form.onSubmit((fields) =>
    creating.mutate(
      { ...fields, reveal: 'inline' },
      // The key's value is not left in the memory of what was asked.
      { onSuccess: onMade, onSettled: (made) => made !== undefined && creating.reset() },
    ),
  );
  return (
    <Panel title={strings.title} text={strings.text}>
      <form onSubmit={create}>
        <Stack gap="md">
          <TextInput
            autoFocus
            required
            label={strings.upstream}
            description={strings.upstreamHint}
            placeholder="https://api.example.com"
            inputMode="url"
            spellCheck={false}
            {...form.getInputProps('upstream_url')}
            error={problems.upstream_url}
          />
          <TextInput
            required
            maxLength={63}
            label={strings.name}
            description={strings.nameHint}
            placeholder="example-relay"
            spellCheck={false}
            {...form.getInputProps('name')}
            error={problems.name}
          />
          <Group gap={8}>
            <span className="muted">{strings.example}</span>
            {strings.examples.map(({ name, upstream }) => (
              <Button
                key={name}
                size="compact-sm"
                variant="default"
                onClick={() => form.setValues({ name, upstream_url: upstream })}
              >
                {new URL(upstream).host}
              </Button>
            ))}
          </Group>
          <FormEnd action={creating} label={strings.submit} />
        </Stack>
      </form>
    </Panel>
  );
}
