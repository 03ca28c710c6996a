import type { Output } from '../../client/registry.ts';
import { exactTime } from '../../parts/moment.tsx';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import classes from './firing-strip.module.css';

type Replay = Output<'test_alert_rule'>;

const { preview: strings } = alertRulesStrings;
const LISTED = 6;

/** When the rule would have fired: marks below the chart's time. */
export function FiringStrip({ replay, isBelowChart }: { replay: Replay; isBelowChart: boolean }) {
  const from = Date.parse(replay.since);
  const length = Date.parse(replay.until) - from;
  const share = (time: string) => ((Date.parse(time) - from) / length) * 100;
  return (
    <div className={isBelowChart ? classes.belowChart : undefined}>
      <div className={classes.strip} aria-hidden>
        {replay.items.map(({ agent, fired_at, ended_at }) => {
          const left = share(fired_at);
          const width = (ended_at === null ? 100 : share(ended_at)) - left;
          return <span key={`${agent} ${fired_at}`} style={{ left: `${left}%`, width: `${Math.max(width, 0)}%` }} />;
        })}
      </div>
      <p className={classes.caption}>{strings.strip}</p>
    </div>
  );
}

/** The first of these times, in words. */
export function FiringList({ replay }: { replay: Replay }) {
  if (replay.items.length === 0) return null;
  return (
    <ul className={classes.firings} aria-label={strings.strip}>
      {replay.items.slice(0, LISTED).map(({ agent, fired_at, ended_at }) => (
        <li key={`${agent} ${fired_at}`}>
          <strong>{agent}</strong>
          <span className="muted">
            {strings.from} {exactTime(fired_at)}{' '}
            {ended_at === null ? strings.still : `${strings.until} ${exactTime(ended_at)}`}
          </span>
        </li>
      ))}
      {replay.fired > LISTED && <li className="muted">{strings.more(replay.fired - LISTED)}</li>}
    </ul>
  );
}
