import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { mayWrite } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { HealthScore } from '../../parts/health-score.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import { overviewStrings } from '../../strings/overview.ts';
import classes from './overview.module.css';

const { agents: strings } = overviewStrings;
const SHOWN = 6;

function First() {
  const create = (
    <Button renderRoot={(props) => <Link {...props} to={paths.newAgent} />}>{agentsStrings.create}</Button>
  );
  return <EmptyState {...agentsStrings.empty} {...(mayWrite && { action: create })} />;
}

/** The agents, the least healthy first. */
export function Agents() {
  const agents = useOperation('list_agents', { sort: 'health', limit: SHOWN });
  return (
    <Panel title={strings.title} text={strings.unhealthy} action={<Link to={paths.agents}>{strings.all}</Link>}>
      <Loaded query={agents}>
        {({ items }) =>
          items.length === 0 ? (
            <First />
          ) : (
            <ul className={classes.list}>
              {items.map(({ id, name, health }) => (
                <li key={id}>
                  <Link to={paths.agent} params={{ agent: name }}>
                    {name}
                  </Link>
                  <HealthScore score={health.score} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
