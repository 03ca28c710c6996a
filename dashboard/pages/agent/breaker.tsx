import { Button } from '@mantine/core';
import { asPercent } from '../../charts/formats.ts';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { agentStrings } from '../../strings/agent.ts';
import type { Agent } from './page.tsx';
import classes from './settings.module.css';

type CircuitBreaker = Item<'list_circuit_breakers'>;

const { breaker: strings } = agentStrings;
const TONES: Record<CircuitBreaker['state'], Tone> = { closed: 'success', open: 'error', half_open: 'warning' };
const HOLD_SECONDS = 600;

function Buttons({ agent, breaker }: { agent: Agent; breaker: CircuitBreaker }) {
  const reset = useAction('reset_circuit_breaker');
  const update = useAction('update_circuit_breaker');
  const tell = (text: string) => ({ onSuccess: () => toast(text), onError: toastFailure });
  const hold = (): void =>
    update.mutate({ agent: agent.id, override: { state: 'open', for_seconds: HOLD_SECONDS } }, tell(strings.held));
  const release = (): void => update.mutate({ agent: agent.id, override: null }, tell(strings.released));
  return (
    <div className={classes.buttons}>
      <Button
        variant="default"
        loading={reset.isPending}
        onClick={() => reset.mutate({ agent: agent.id }, tell(strings.resetDone))}
      >
        {strings.reset}
      </Button>
      <Button variant="default" loading={update.isPending} onClick={breaker.override === null ? hold : release}>
        {breaker.override === null ? strings.holdOpen : strings.release}
      </Button>
    </div>
  );
}

function Explained({ breaker }: { breaker: CircuitBreaker }) {
  const { state, why, since, next_probe_at, settings, override, evidence, changes } = breaker;
  const { failure_rate, window_seconds, minimum_calls } = settings;
  return (
    <>
      <p className="muted">{strings.means[state]}</p>
      <Facts
        rows={[
          [strings.since, <Moment key="since" time={since} />],
          why === null ? null : [strings.why, why.replaceAll('_', ' ')],
          next_probe_at === null ? null : [strings.nextProbe, <Moment key="probe" time={next_probe_at} />],
          [strings.rule, strings.ruleText(asPercent(failure_rate), window_seconds, minimum_calls)],
          override === null
            ? null
            : [
                strings.heldBy,
                <span key="held">
                  {strings.heldText(strings.states[override.state], override.by)} <Moment time={override.until} />
                </span>,
              ],
        ]}
      />
      {(evidence.last_errors ?? []).length > 0 && (
        <>
          <h3>{strings.lastErrors}</h3>
          <ul className={classes.list}>
            {evidence.last_errors?.map(({ time, error }) => (
              <li key={time}>
                <code>{error}</code> <Moment time={time} />
              </li>
            ))}
          </ul>
        </>
      )}
      {changes.length > 0 && (
        <>
          <h3>{strings.changes}</h3>
          <ul className={classes.list}>
            {changes.map(({ time, from, to, why: because }) => (
              <li key={time}>
                {strings.states[from]} → <strong>{strings.states[to]}</strong>{' '}
                <span className="muted">
                  {because.replaceAll('_', ' ')}, <Moment time={time} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The agent's circuit breaker: what its state means, why it is so, and what a person can do about it. */
export function Breaker({ agent }: { agent: Agent }) {
  const { state } = agent.circuit_breaker;
  const list = useOperation('list_circuit_breakers', { agent: agent.id });
  return (
    <Panel title={strings.title} action={<StatusBadge tone={TONES[state]}>{strings.states[state]}</StatusBadge>}>
      <Loaded query={list}>
        {({ items: [breaker] }) =>
          breaker !== undefined && (
            <>
              <Explained breaker={breaker} />
              {mayWrite && <Buttons agent={agent} breaker={breaker} />}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
