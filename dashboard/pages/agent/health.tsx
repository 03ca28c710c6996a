import { useOperation } from '../../client/use-operation.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { agentStrings } from '../../strings/agent.ts';
import type { Agent } from './page.tsx';
import classes from './traffic.module.css';

const { health: strings } = agentStrings;

/** What costs an agent points of its health, and what brings them back. */
export function Health({ agent }: { agent: Agent }) {
  const scores = useOperation('list_health_scores', { agent: agent.id });
  return (
    <Panel title={strings.title}>
      <Loaded query={scores}>
        {({ items: [found] }) => {
          if (found === undefined || found.score === null) return <p className="muted">{strings.noData}</p>;
          if (found.parts.length === 0) return <p className="muted">{strings.perfect}</p>;
          return (
            <ul className={classes.parts}>
              {found.parts.map(({ part, points, why, restore, at }) => (
                <li key={part}>
                  <strong>{strings.points(points.toFixed(0))}</strong>
                  <span>
                    {why}
                    <br />
                    <span className="muted">
                      {restore} {at !== null && strings.at(exactTime(at))}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Panel>
  );
}
