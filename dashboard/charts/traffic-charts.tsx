import type { Output } from '../client/registry.ts';
import { Legend } from '../parts/legend.tsx';
import { Panel } from '../parts/panel.tsx';
import { agentStrings } from '../strings/agent.ts';
import { asDay, asHour, asMilliseconds, inShort } from './formats.ts';
import { TimeChart } from './time-chart.tsx';
import classes from './traffic-charts.module.css';
import { type Range, seriesOf } from './traffic-range.ts';

const { charts: strings } = agentStrings;

/** Requests with errors, and latency, side by side. */
export function TrafficCharts({ range, traffic }: { range: Range; traffic: Output<'summarize_traffic'> }) {
  const { times, requests, errors, p50, p95, p99 } = seriesOf(range, traffic);
  const formatTime = range === '1h' || range === '24h' ? asHour : asDay;
  return (
    <div className={classes.charts}>
      <Panel
        title={strings.requests}
        action={
          <Legend
            entries={[
              [strings.requests, 1],
              [strings.errors, 2],
            ]}
          />
        }
      >
        <TimeChart
          label={strings.requests}
          times={times}
          format={inShort}
          formatTime={formatTime}
          lastIsOpen
          series={[
            { name: strings.requests, values: requests, color: 1, filled: true },
            { name: strings.errors, values: errors, color: 2 },
          ]}
        />
      </Panel>
      <Panel
        title={strings.latency}
        action={
          <Legend
            entries={[
              [strings.p50, 1],
              [strings.p95, 4],
              [strings.p99, 3],
            ]}
          />
        }
      >
        <TimeChart
          label={strings.latency}
          times={times}
          format={asMilliseconds}
          formatTime={formatTime}
          lastIsOpen
          series={[
            { name: strings.p50, values: p50, color: 1 },
            { name: strings.p95, values: p95, color: 4 },
            { name: strings.p99, values: p99, color: 3 },
          ]}
        />
      </Panel>
    </div>
  );
}
