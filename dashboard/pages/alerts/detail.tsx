import { Link } from '@tanstack/react-router';
import { exactTime, Moment } from '../../parts/moment.tsx';
import { paths } from '../../paths.ts';
import { alertsStrings as strings } from '../../strings/alerts.ts';
import classes from './alerts.module.css';
import type { AlertItem } from './columns.tsx';

const { timeline, agents: agentStrings } = strings;
const figure = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

function Timeline({ alert }: { alert: AlertItem }) {
  const events = [
    { text: timeline.began, time: alert.since, tone: 'neutral' },
    { text: timeline.fired, time: alert.fired_at, tone: 'error' },
    { text: timeline.acknowledged(alert.acknowledged_by), time: alert.acknowledged_at, tone: 'info' },
    { text: timeline.resolved, time: alert.resolved_at, tone: 'success' },
  ];
  return (
    <ol className={classes.timeline} aria-label={timeline.label}>
      {events.map(
        ({ text, time, tone }) =>
          time !== null && (
            <li key={text} data-tone={tone}>
              {text}
              <small>
                {exactTime(time)} · <Moment time={time} />
              </small>
            </li>
          ),
      )}
      {alert.resolved_at === null && <li>{timeline.open}</li>}
    </ol>
  );
}

function Agents({ alert: { agents, agent_count: count } }: { alert: AlertItem }) {
  return (
    <ul className={classes.agents}>
      {agents.map(({ name, value, ended_at: endedAt }) => (
        <li key={name}>
          <Link to={paths.requestLogs} search={(before) => ({ ...before, agent: name })}>
            {name}
          </Link>
          <span className="figure">
            {endedAt !== null && <span className="muted">{agentStrings.over} </span>}
            {value !== null && figure.format(value)}
          </span>
        </li>
      ))}
      {count > agents.length && <li className="muted">{agentStrings.more(count - agents.length)}</li>}
    </ul>
  );
}

/** How an alert went, and what it is about. */
export function AlertDetail({ alert }: { alert: AlertItem }) {
  return (
    <div className={classes.detail}>
      <div>
        <h3>{timeline.label}</h3>
        <Timeline alert={alert} />
      </div>
      <div>
        {alert.agents.length > 0 && (
          <>
            <h3>{agentStrings.label}</h3>
            <Agents alert={alert} />
          </>
        )}
        {alert.rule_id !== null && (
          <p className={classes.links}>
            <Link to={paths.alertRule} params={{ rule: alert.rule_id }}>
              {strings.rule}
            </Link>
          </p>
        )}
      </div>
    </div>
  );
}
