import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Failure } from '../../parts/failure.tsx';
import { AgentFilter } from '../../parts/filters.tsx';
import { Panel } from '../../parts/panel.tsx';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import { conditionOf, type RuleDraft } from './draft.ts';
import classes from './firing-strip.module.css';
import { FiringList, FiringStrip } from './firing-strip.tsx';
import { MetricChart } from './metric-chart.tsx';
import { isCharted } from './metric-series.ts';

const { preview: strings } = alertRulesStrings;
const TYPING_MS = 400;
const SINCE = '48h';

function Verdict({ replay: { fired, agents, warnings } }: { replay: Output<'test_alert_rule'> }) {
  return (
    <p className={classes.verdict} role="status">
      <strong>{strings.fired(fired, agents)}</strong> {fired === 0 && agents > 0 && strings.quietFor}{' '}
      {warnings.map((warning) => (
        <span key={warning} className="muted">
          {warning}
        </span>
      ))}
    </p>
  );
}

/** How the metric went, and when the rule as it stands in the form would have fired. */
export function Preview({ draft }: { draft: RuleDraft }) {
  const [agent, setAgent] = useState('');
  const [settled] = useDebouncedValue(draft, TYPING_MS);
  const condition = conditionOf(settled);
  const onlyAgent = settled.scope === 'agents' && settled.agents.length === 1 ? settled.agents[0] : undefined;
  const charted = agent === '' ? (onlyAgent ?? null) : agent;
  const replay = useOperation(
    'test_alert_rule',
    { ...condition, since: SINCE },
    { enabled: condition !== null, keepPrevious: true },
  );
  return (
    <Panel title={strings.title}>
      {isCharted(draft.metric) ? (
        <>
          <AgentFilter
            label={strings.shownFor}
            placeholder={onlyAgent ?? strings.allAgents}
            value={agent === '' ? undefined : agent}
            onChange={setAgent}
          />
          <MetricChart draft={draft} agent={charted} />
        </>
      ) : (
        <p className="muted">{strings.noChart}</p>
      )}
      {condition === null && <p className="muted">{strings.incomplete}</p>}
      {condition !== null && replay.error !== null && <Failure error={replay.error} />}
      {condition !== null && replay.error === null && replay.data !== undefined && (
        <>
          <FiringStrip replay={replay.data} isBelowChart={isCharted(draft.metric)} />
          <Verdict replay={replay.data} />
          <FiringList replay={replay.data} />
        </>
      )}
    </Panel>
  );
}
