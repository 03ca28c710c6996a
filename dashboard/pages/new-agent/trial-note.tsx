import { Alert } from '@mantine/core';
import { asMilliseconds } from '../../charts/formats.ts';
import { Problem } from '../../client/problem.ts';
import type { Output } from '../../client/registry.ts';
import { agentsStrings } from '../../strings/agents.ts';

const { trial: strings } = agentsStrings.form;

/** What its status says of an upstream that was called without a credential. */
function meaningOf(status: number): string {
  if (status === 401 || status === 403) return strings.wantsCredential;
  if (status >= 500) return strings.hasTrouble;
  if (status >= 400) return strings.nothingThere;
  return status >= 300 ? strings.leadsElsewhere : strings.fine;
}

/** How the upstream answered, or where calling it fails and what to do about it. */
export function TrialNote({
  answer,
  error,
  isPending,
}: {
  answer: Output<'test_upstream'> | undefined;
  error: Error | null;
  isPending: boolean;
}) {
  if (isPending) return <p className="muted">{strings.trying}</p>;
  if (answer?.status != null) {
    return (
      <p>
        <strong>{strings.answers(answer.status, asMilliseconds(answer.latency_ms ?? 0))}</strong>{' '}
        <span className="muted">{meaningOf(answer.status)}</span>
      </p>
    );
  }
  if (answer?.failed_step != null) {
    return (
      <Alert color="yellow" title={strings.failed[answer.failed_step]}>
        {strings.why(answer.why ?? '')}
      </Alert>
    );
  }
  if (error === null) return null;
  const isForbidden = error instanceof Problem && error.code === 'upstream_forbidden';
  return (
    <Alert color={isForbidden ? 'red' : 'yellow'} title={isForbidden ? strings.forbidden : strings.untried}>
      {error.message}
    </Alert>
  );
}
