import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { asMilliseconds, asMoney, asPercent, inFull } from '../../charts/formats.ts';
import { TrafficCharts } from '../../charts/traffic-charts.tsx';
import { questionOf, RANGES, type Range } from '../../charts/traffic-range.ts';
import type { Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Figures } from '../../parts/figures.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { agentStrings } from '../../strings/agent.ts';
import { Health } from './health.tsx';
import type { Agent } from './page.tsx';
import classes from './traffic.module.css';

const { range: rangeStrings, figures, topErrors } = agentStrings;

function TopErrors({ errors }: { errors: Output<'summarize_traffic'>['top_errors'] }) {
  return (
    <Panel title={topErrors.title}>
      {errors.length === 0 ? (
        <p className="muted">{topErrors.none}</p>
      ) : (
        <ul className={classes.errors}>
          {errors.map(({ status, error_code, requests }) => (
            <li key={`${status} ${error_code}`}>
              <StatusBadge tone={status >= 500 ? 'error' : 'warning'}>{status}</StatusBadge>
              <span>{error_code === null ? topErrors.byUpstream : <code>{error_code}</code>}</span>
              <strong className="figure">{inFull(requests)}</strong>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The traffic of one agent over a time that is chosen. */
export function Traffic({ agent }: { agent: Agent }) {
  const [range, setRange] = useState<Range>('24h');
  const { input, present } = questionOf(range);
  const inTime = useOperation('summarize_traffic', { ...input, agent: agent.id }, { present, keepPrevious: true });
  const inAll = useOperation(
    'summarize_traffic',
    { group_by: 'none', limit: 1, agent: agent.id, since: range === '1h' ? undefined : range },
    { keepPrevious: true, ...(range === '1h' && { present }) },
  );
  return (
    <>
      <SegmentedControl
        className={classes.range}
        size="xs"
        aria-label={rangeStrings.label}
        data={RANGES.map((value) => ({ value, label: rangeStrings[value] }))}
        value={range}
        onChange={(value) => setRange(value as Range)}
      />
      <Loaded query={inAll}>
        {({ total, items: [item] }) => (
          <Figures
            figures={[
              { name: figures.requests, value: inFull(total.requests) },
              {
                name: figures.errorRate,
                value: asPercent(total.error_rate),
                text: figures.failed(inFull(total.errors)),
              },
              { name: figures.p95, value: item === undefined ? '–' : asMilliseconds(item.p95_ms) },
              { name: figures.spend, value: asMoney(total.spend) },
            ]}
          />
        )}
      </Loaded>
      <Loaded query={inTime}>{(traffic) => <TrafficCharts range={range} traffic={traffic} />}</Loaded>
      <div className={classes.pair}>
        <Health agent={agent} />
        <Loaded query={inAll}>{({ top_errors }) => <TopErrors errors={top_errors} />}</Loaded>
      </div>
    </>
  );
}
