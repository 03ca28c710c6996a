import { METRICS } from '../../../core/domain/alert-metrics.ts';
import { inShort } from '../../charts/formats.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { Waiting } from '../../parts/loaded.tsx';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import type { RuleDraft } from './draft.ts';
import { countedStatus, metricSeries } from './metric-series.ts';
import { useMinutes } from './use-minutes.ts';

const { preview: strings, metrics, units } = alertRulesStrings;
const weekdayAndTime = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
/** More points than this nobody can tell apart. */
const POINTS = 480;

/** The worst of every few values, so that no peak is lost; which is the worst depends on where the threshold is crossed. */
function thinned(values: readonly (number | null)[], step: number, isHighBad: boolean): (number | null)[] {
  const worst = isHighBad ? Math.max : Math.min;
  return Array.from({ length: Math.ceil(values.length / step) }, (_, index) => {
    const known = values.slice(index * step, (index + 1) * step).flatMap((value) => value ?? []);
    return known.length === 0 ? null : worst(...known);
  });
}

/** How the metric of a rule went, with its threshold across. */
export function MetricChart({ draft, agent }: { draft: RuleDraft; agent: string | null }) {
  const { metric, comparison, threshold } = draft;
  const status = countedStatus(metric);
  const all = useMinutes(agent, null);
  const counted = useMinutes(agent, status);
  if (all.data === undefined || counted.data === undefined) return <Waiting lines={6} />;
  const values = metricSeries(metric, {
    all: all.data,
    counted: counted.data,
    windowMinutes: Number(draft.windowMinutes) || 1,
    minimumCalls: Number(draft.minimumCalls),
  });
  const step = Math.ceil(values.length / POINTS);
  const isHighBad = metric !== 'no_traffic' && (comparison === 'gt' || comparison === 'gte');
  const unit = units[METRICS[metric].unit];
  const limit = metric === 'no_traffic' ? 1 : threshold;
  return (
    <TimeChart
      label={strings.label(metrics[metric])}
      times={thinned(
        all.data.map(({ at }) => at),
        step,
        false,
      ).map((at) => new Date(at ?? 0))}
      series={[{ name: metrics[metric], values: thinned(values, step, isHighBad), color: 1, filled: true }]}
      format={(value) => `${inShort(value)}${unit === '' ? '' : ` ${unit}`}`}
      formatTime={(time) => weekdayAndTime.format(time)}
      height={210}
      {...(limit !== '' && { threshold: { value: limit, name: metrics[metric] } })}
    />
  );
}
