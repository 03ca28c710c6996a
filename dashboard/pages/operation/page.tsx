import { isFinal } from '../../../core/domain/long-running.ts';
import type { Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { OperationStatusBadge } from '../../parts/operation-status.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { operationsStrings, titleOf } from '../../strings/operations.ts';
import { Canary } from './canary.tsx';
import { CancelButton } from './cancel.tsx';
import { Countdown } from './countdown.tsx';
import { Decisions } from './decisions.tsx';
import { OperationFacts } from './operation-facts.tsx';
import { OutgoingEmail } from './outgoing-email.tsx';
import classes from './page.module.css';
import { operationRoute } from './route.ts';
import { Stepper } from './stepper.tsx';

export type Operation = Output<'get_operation'>['operation'];

const { detail: strings } = operationsStrings;

function Detail({ operation }: { operation: Operation }) {
  const { kind, target, status, steps, next_timer_at } = operation;
  return (
    <>
      <PageHead
        title={`${titleOf(kind)}: ${target.name}`}
        badge={<OperationStatusBadge status={status} />}
        text={next_timer_at !== null && !isFinal(status) ? <Countdown until={next_timer_at} /> : undefined}
        actions={<CancelButton operation={operation} />}
      />
      <Decisions operation={operation} />
      <div className={classes.sides}>
        <Panel title={strings.steps} text={isFinal(status) ? strings.over : strings.live}>
          <Stepper steps={steps} />
        </Panel>
        <div>
          <Panel title={strings.facts}>
            <OperationFacts operation={operation} />
          </Panel>
          <OutgoingEmail operation={operation} />
          <Canary operation={operation} />
        </div>
      </div>
    </>
  );
}

/** `/operations/{operation}`: one operation, step by step as it goes, and what a person can decide. */
export function OperationPage() {
  const { operation } = operationRoute.useParams();
  const query = useOperation('get_operation', { operation });
  return (
    <>
      <BackLink to={paths.operations}>{operationsStrings.title}</BackLink>
      <Loaded query={query}>{(answer) => <Detail key={answer.operation.id} operation={answer.operation} />}</Loaded>
    </>
  );
}
