import { useOperation } from '../../client/use-operation.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { titleOf } from '../../strings/operations.ts';
import { overviewStrings } from '../../strings/overview.ts';
import classes from './overview.module.css';

const { changes: strings } = overviewStrings;
const SHOWN = 8;

/** What people, apps and the system changed last. */
export function Changes() {
  const events = useOperation('list_audit_events', { changes: true, since: '7d', limit: SHOWN });
  return (
    <Panel title={strings.title}>
      <Loaded query={events}>
        {({ items }) => {
          if (items.length === 0) return <p className="muted">{strings.none}</p>;
          return (
            <ul className={classes.list}>
              {items.map(({ id, action, target, actor, time }) => (
                <li key={id}>
                  <span>
                    {titleOf(action)}
                    {target !== null && <strong> {target.name}</strong>}{' '}
                    <small className="muted">{strings.by(actor.app ?? actor.name)}</small>
                  </span>
                  <small className="muted">
                    <Moment time={time} />
                  </small>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Panel>
  );
}
