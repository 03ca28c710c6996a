import { Button } from '@mantine/core';
import { useAction } from '../../client/use-action.ts';
import { Facts } from '../../parts/facts.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Moment } from '../../parts/moment.tsx';
import { toast } from '../../parts/toast.tsx';
import { operationsStrings, titleOf, words } from '../../strings/operations.ts';
import { requesterOf } from '../operations/page.tsx';
import { Decision } from './decisions.tsx';
import classes from './page.module.css';
import type { Operation } from './page.tsx';

const { approval: strings } = operationsStrings;

/** The whole input is shown, and the decision binds to its hash: what is approved is exactly this. */
export function Approval({ operation }: { operation: Operation }) {
  const approve = useAction('approve_operation');
  const reject = useAction('reject_operation');
  const { id, kind, target, input, requested_by, approval } = operation;
  if (approval === null) return null;
  const decision = { operation: id, input_hash: approval.input_hash };
  const error = approve.error ?? reject.error;
  return (
    <Decision title={strings.title}>
      <p>{strings.text(requesterOf(requested_by), words(kind), target.name)}</p>
      <Facts
        rows={[
          ...Object.entries(input).map(
            ([name, value]) => [titleOf(name), <code key={name}>{JSON.stringify(value)}</code>] as const,
          ),
          [strings.until, <Moment key="until" time={approval.expires_at} />],
        ]}
      />
      {error !== null && <Failure error={error} />}
      <div className={classes.buttons}>
        <Button
          loading={approve.isPending}
          onClick={() => approve.mutate(decision, { onSuccess: () => toast(strings.approved) })}
        >
          {strings.approve}
        </Button>
        <Button
          variant="default"
          loading={reject.isPending}
          onClick={() => reject.mutate(decision, { onSuccess: () => toast(strings.rejected) })}
        >
          {strings.reject}
        </Button>
      </div>
    </Decision>
  );
}
