import { Button, NumberInput, Switch, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect } from 'react';
import type { Input } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { useFilledVersion } from '../../client/use-filled-version.ts';
import { FormFailure } from '../../parts/form-failure.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.tsx';
import { agentStrings } from '../../strings/agent.ts';
import { commonStrings } from '../../strings/common.ts';
import type { Agent } from './page.tsx';
import classes from './settings.module.css';

const { routing: strings } = agentStrings;

const TIMES = ['connect_timeout_seconds', 'first_byte_timeout_seconds', 'total_timeout_seconds'] as const;
const TIME_LABELS = {
  connect_timeout_seconds: strings.connect,
  first_byte_timeout_seconds: strings.firstByte,
  total_timeout_seconds: strings.total,
} as const;

type NumberField = number | '';
const given = (value: NumberField): number | undefined => (value === '' ? undefined : value);

function fieldsOf(agent: Agent) {
  const setting = (name: string): NumberField => (typeof agent.routing[name] === 'number' ? agent.routing[name] : '');
  return {
    upstream_url: agent.upstream_url,
    rate_limit_rpm: (agent.rate_limit?.rpm ?? '') as NumberField,
    burst: (agent.rate_limit?.burst ?? '') as NumberField,
    labels: agent.labels,
    connect_timeout_seconds: setting('connect_timeout_seconds'),
    first_byte_timeout_seconds: setting('first_byte_timeout_seconds'),
    total_timeout_seconds: setting('total_timeout_seconds'),
    retries: setting('retries'),
    durable_logs: agent.routing.durable_logs === true,
  };
}

type Fields = ReturnType<typeof fieldsOf>;

function changeOf(agent: Agent, fields: Fields, version: number): Input<'update_agent'> {
  const { upstream_url, rate_limit_rpm, burst, labels, durable_logs } = fields;
  return {
    agent: agent.id,
    labels,
    rate_limit_rpm: given(rate_limit_rpm) ?? null,
    burst: given(burst) ?? null,
    routing: {
      durable_logs,
      ...Object.fromEntries(
        [...TIMES, 'retries' as const].flatMap((name) => (fields[name] === '' ? [] : [[name, fields[name]]])),
      ),
    },
    ...(upstream_url !== agent.upstream_url && { upstream_url }),
    expected_version: version,
  };
}

/** Where the agent's calls go, how many, and how long they may take. */
export function Routing({ agent }: { agent: Agent }) {
  const update = useAction('update_agent');
  const form = useForm<Fields>({ initialValues: fieldsOf(agent) });
  const [version, setVersion] = useFilledVersion(agent.version, update.error);
  const fill = (from: Agent): void => {
    form.setInitialValues(fieldsOf(from));
    form.setValues(fieldsOf(from));
    setVersion(from.version);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the agent changed, and nothing was typed
  useEffect(() => {
    if (!form.isDirty()) fill(agent);
  }, [agent.version]);
  const problems = problemsByField(update.error);
  const numbers = (name: 'rate_limit_rpm' | 'burst' | 'retries' | (typeof TIMES)[number], label: string) => (
    <NumberInput
      key={name}
      label={label}
      min={name === 'retries' ? 0 : 1}
      readOnly={!mayWrite}
      {...form.getInputProps(name)}
      error={problems[name]}
    />
  );
  const save = (fields: Fields): void => {
    update.mutate(changeOf(agent, fields, version), {
      onSuccess: ({ agent: saved }) => {
        fill(saved);
        toast(strings.saved);
      },
    });
  };
  return (
    <Panel title={strings.title}>
      <form className={classes.form} onSubmit={form.onSubmit(save)}>
        <TextInput
          label={strings.upstream}
          readOnly={!mayWrite}
          {...form.getInputProps('upstream_url')}
          error={problems.upstream_url}
        />
        <div className={classes.pair}>
          {numbers('rate_limit_rpm', strings.rpm)}
          {numbers('burst', strings.burst)}
          {TIMES.map((name) => numbers(name, TIME_LABELS[name]))}
          {numbers('retries', strings.retries)}
        </div>
        <TagsInput
          label={strings.labels}
          readOnly={!mayWrite}
          {...form.getInputProps('labels')}
          error={problems.labels}
        />
        <Switch
          label={strings.durable}
          disabled={!mayWrite}
          {...form.getInputProps('durable_logs', { type: 'checkbox' })}
        />
        {Object.keys(problems).length === 0 && <FormFailure error={update.error} what={strings.what} />}
        {mayWrite && (
          <Button type="submit" loading={update.isPending} disabled={!form.isDirty()} className={classes.submit}>
            {commonStrings.save}
          </Button>
        )}
      </form>
    </Panel>
  );
}
