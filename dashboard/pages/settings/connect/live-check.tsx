import { Link } from '@tanstack/react-router';
import { Moment } from '../../../parts/moment.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { paths } from '../../../paths.ts';
import { connectStrings } from '../../../strings/connect.ts';
import classes from './connect.module.css';
import { useConnected } from './use-connected.ts';

const { check: strings, prompts } = connectStrings;

/** Says when a client has connected, and when it made its first call. */
export function LiveCheck() {
  const { apps, fresh } = useConnected();
  const wasUsed = fresh !== undefined && fresh.last_used_at !== null;
  return (
    <Panel title={strings.title}>
      <div className={classes.check} role="status">
        <span className={classes.pulse} data-done={fresh !== undefined} aria-hidden />
        {fresh === undefined ? (
          <div>
            <strong>{strings.waiting}</strong>
            <p className="muted">{strings.waitingText}</p>
          </div>
        ) : (
          <div>
            <strong>{strings.connected(fresh.name)}</strong>
            <p className="muted">{wasUsed ? strings.used : `${strings.notUsed} “${prompts.items[0]}”`}</p>
          </div>
        )}
      </div>
      {apps.length > 0 && (
        <ul className={classes.already} aria-label={strings.already}>
          {apps.map(({ id, name, last_used_at }) => (
            <li key={id}>
              <Link to={paths.connectedApp} params={{ app: id }}>
                {name}
              </Link>
              <span className="muted">
                {strings.lastUsed} <Moment time={last_used_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
