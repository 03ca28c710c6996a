import { Alert } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Facts } from '../../parts/facts.tsx';
import { exactTime, Moment } from '../../parts/moment.tsx';
import { paths } from '../../paths.ts';
import { commonStrings } from '../../strings/common.ts';
import { operationsStrings, titleOf } from '../../strings/operations.ts';
import { requesterOf } from '../operations/page.tsx';
import type { Operation } from './page.tsx';

const { detail: strings } = operationsStrings;

function shown(value: unknown): ReactNode {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return exactTime(value);
  if (typeof value === 'boolean') return value ? commonStrings.yes : commonStrings.no;
  return typeof value === 'object' ? <code>{JSON.stringify(value)}</code> : String(value);
}

/** What it is about; an agent that it deleted is found, and restored, among the deleted ones. */
function Target({ operation }: { operation: Operation }) {
  const { kind, name } = operation.target;
  if (operation.kind === 'delete_agent' && operation.status === 'succeeded') {
    return (
      <Link to={paths.agents} search={{ show: 'deleted' }}>
        {name}
      </Link>
    );
  }
  if (kind === 'agent') {
    return (
      <Link to={paths.agent} params={{ agent: name }}>
        {name}
      </Link>
    );
  }
  if (kind !== 'credential') return name;
  return (
    <Link to={paths.credential} params={{ credential: name }}>
      {name}
    </Link>
  );
}

/** Who asked for what, when, and what came of it. */
export function OperationFacts({ operation }: { operation: Operation }) {
  const { target, requested_by, created_at, finished_at, who_can_act, approval, cancel_requested_by } = operation;
  const { result, error, temporal_url } = operation;
  const results = Object.entries(result ?? {}).filter(([name]) => name !== target.kind);
  return (
    <>
      {error !== null && (
        <Alert color="red" mb="sm">
          {error.detail}
        </Alert>
      )}
      <Facts
        rows={[
          [titleOf(target.kind), <Target key="target" operation={operation} />],
          [strings.by, requesterOf(requested_by)],
          [strings.started, <Moment key="started" time={created_at} />],
          finished_at === null ? null : [strings.ended, <Moment key="ended" time={finished_at} />],
          who_can_act === null ? null : [strings.whoCanAct, who_can_act],
          approval?.decided_by == null || approval.decision === null
            ? null
            : [strings.decided[approval.decision], approval.decided_by],
          cancel_requested_by === null ? null : [strings.cancelledBy, cancel_requested_by],
          ...results.map(([name, value]) => [titleOf(name), shown(value)] as const),
          temporal_url == null
            ? null
            : [
                strings.temporal,
                <a key="temporal" href={temporal_url} target="_blank" rel="noreferrer">
                  {strings.temporalLink}
                </a>,
              ],
        ]}
      />
    </>
  );
}
