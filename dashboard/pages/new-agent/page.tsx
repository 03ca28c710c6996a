import { Button, Group, NumberInput, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { lazy, Suspense, useState } from 'react';
import { boot } from '../../client/boot.ts';
import { Problem } from '../../client/problem.ts';
import type { Input, Output } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { Waiting } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { agentsStrings } from '../../strings/agents.ts';
import classes from './page.module.css';
import { TrialNote } from './trial-note.tsx';
import { useTrial } from './use-trial.ts';

const { form: strings } = agentsStrings;
const Made = lazy(() => import('./made.tsx').then((page) => ({ default: page.Made })));

interface Fields {
  name: string;
  upstream_url: string;
  rate_limit_rpm: number | '';
  burst: number | '';
  labels: string[];
}

function inputOf({ rate_limit_rpm, burst, labels, ...rest }: Fields): Input<'create_agent'> {
  return {
    ...rest,
    ...(rate_limit_rpm !== '' && { rate_limit_rpm }),
    ...(burst !== '' && { burst }),
    ...(labels.length > 0 && { labels }),
  };
}

function CreateForm({ onMade }: { onMade: (made: Output<'create_agent'>) => void }) {
  const create = useAction('create_agent');
  const form = useForm<Fields>({
    initialValues: { name: '', upstream_url: '', rate_limit_rpm: '', burst: '', labels: [] },
  });
  const { upstream_url } = form.values;
  const { run, ...trial } = useTrial(upstream_url);
  const [isWaiting, setWaiting] = useState(false);
  const isWrong = trial.error instanceof Problem && trial.error.code === 'invalid_request';
  const isKnownToFail = trial.answer?.works === false || (trial.error instanceof Problem && !isWrong);
  const problems = { ...problemsByField(trial.error), ...problemsByField(create.error) };
  const field = (name: keyof Fields) => ({ ...form.getInputProps(name), error: problems[name] });
  /** An upstream that does not answer is told of first; who knows it creates the agent all the same. */
  const submit = async (fields: Fields): Promise<void> => {
    setWaiting(true);
    const works = await run(fields.upstream_url);
    setWaiting(false);
    if (works || isKnownToFail) create.mutate(inputOf(fields), { onSuccess: onMade });
  };
  return (
    <form className={classes.form} onSubmit={form.onSubmit((fields) => void submit(fields))}>
      <TextInput
        label={strings.name}
        description={strings.nameHint}
        required
        autoFocus
        maxLength={63}
        {...field('name')}
      />
      <TextInput
        label={strings.upstream}
        description={strings.upstreamHint}
        required
        inputMode="url"
        autoCapitalize="off"
        spellCheck={false}
        {...field('upstream_url')}
        onBlur={() => upstream_url !== '' && void run(upstream_url)}
      />
      <div role="status" aria-live="polite">
        {!isWrong && <TrialNote {...trial} />}
      </div>
      <div className={classes.pair}>
        <NumberInput
          label={strings.rpm}
          description={strings.rpmHint}
          min={1}
          allowDecimal={false}
          {...field('rate_limit_rpm')}
        />
        <NumberInput
          label={strings.burst}
          description={strings.burstHint}
          min={1}
          allowDecimal={false}
          {...field('burst')}
        />
      </div>
      <TagsInput label={strings.labels} description={strings.labelsHint} {...field('labels')} />
      <div>
        <p className="muted">{strings.address}</p>
        <CopyField label={strings.address} text={`${boot.relay_url}/${form.values.name || '<name>'}/…`} />
      </div>
      {create.error !== null && Object.keys(problems).length === 0 && <Failure error={create.error} />}
      <Group>
        <Button type="submit" loading={isWaiting || create.isPending}>
          {isKnownToFail ? strings.submitAnyway : strings.submit}
        </Button>
      </Group>
    </form>
  );
}

/** `/agents/new`: a new agent, and then its first key. */
export function NewAgentPage() {
  const [made, setMade] = useState<Output<'create_agent'> | null>(null);
  return (
    <div className={classes.page}>
      <PageHead title={strings.title} text={strings.text} />
      <Panel>
        {!mayWrite && <EmptyState {...strings.notYours} />}
        {mayWrite && made === null && <CreateForm onMade={setMade} />}
        <Suspense fallback={<Waiting />}>{made !== null && <Made made={made} />}</Suspense>
      </Panel>
    </div>
  );
}
