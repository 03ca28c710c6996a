import { Stepper } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { serverPage } from '../../client/links.ts';
import type { Output } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import { welcomeStrings as strings } from '../../strings/welcome.ts';
import { AgentStep } from './agent-step.tsx';
import { CallStep } from './call-step.tsx';
import classes from './welcome.module.css';

const STEPS = Object.values(strings.steps);

function Words({ title, text }: { title: string; text: string }) {
  return (
    <>
      <strong>{title}</strong>
      <span>{text}</span>
    </>
  );
}

function NextStep({ agent }: { agent: string }) {
  const { items, title } = strings.next;
  return (
    <Panel title={title}>
      <div className={classes.choices}>
        <Link className={classes.choice} to={paths.agent} params={{ agent }}>
          <Words {...items.agent} />
        </Link>
        <a className={classes.choice} href={serverPage('/credentials')}>
          <Words {...items.credential} />
        </a>
        <Link className={classes.choice} to={paths.connect}>
          <Words {...items.claude} />
        </Link>
        <Link className={classes.choice} to={paths.alertRule} params={{ rule: 'new' }}>
          <Words {...items.alerts} />
        </Link>
      </div>
    </Panel>
  );
}

/** `/welcome`: from nothing to the first call, and what comes after it. */
export function WelcomePage() {
  const [made, setMade] = useState<Output<'create_agent'> | null>(null);
  const [wasCalled, setWasCalled] = useState(false);
  const step = made === null ? 0 : wasCalled ? 2 : 1;
  return (
    <div className={classes.page}>
      <PageHead title={strings.title} text={strings.text} />
      <Stepper active={step} size="sm" mb="lg" allowNextStepsSelect={false}>
        {STEPS.map((label) => (
          <Stepper.Step key={label} label={label} allowStepSelect={false} />
        ))}
      </Stepper>
      {made === null && mayWrite && <AgentStep onMade={setMade} />}
      {!mayWrite && (
        <Panel>
          <EmptyState {...agentsStrings.form.notYours} />
        </Panel>
      )}
      {made !== null && !wasCalled && <CallStep made={made} onNext={() => setWasCalled(true)} />}
      {made !== null && wasCalled && <NextStep agent={made.agent.name} />}
    </div>
  );
}
