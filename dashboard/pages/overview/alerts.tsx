import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Severity } from '../../parts/severity.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { paths } from '../../paths.ts';
import { alertsStrings } from '../../strings/alerts.ts';
import { overviewStrings } from '../../strings/overview.ts';
import classes from './overview.module.css';

const { alerts: strings } = overviewStrings;
const SHOWN = 6;

/** Mails carry the address of a page too; here one is on it already. */
function withoutUrl(text: string): string {
  return text.replace(/:? https?:\/\/\S+/g, '.');
}

/** What fires now, of rules and of the system. */
export function Alerts() {
  const alerts = useOperation('list_alerts', { limit: SHOWN });
  const acknowledge = useAction('acknowledge_alert');
  return (
    <Panel title={strings.title} action={<Link to={paths.alerts}>{strings.all}</Link>}>
      <Loaded query={alerts}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">{strings.none}</p>
          ) : (
            <ul className={classes.list}>
              {items.map(({ id, state, severity, rule, text, operation_id, fired_at }) => (
                <li key={id}>
                  <span className={classes.alert}>
                    <Severity severity={severity} />
                    <span>
                      {rule ?? withoutUrl(text)}{' '}
                      {operation_id !== null && (
                        <Link to={paths.operation} params={{ operation: operation_id }}>
                          {strings.open}
                        </Link>
                      )}
                      <small className="muted">
                        <Moment time={fired_at} />
                      </small>
                    </span>
                  </span>
                  {mayWrite && state === 'firing' ? (
                    <Button
                      size="compact-xs"
                      variant="default"
                      loading={acknowledge.isPending && acknowledge.variables.alert === id}
                      onClick={() =>
                        acknowledge.mutate(
                          { alert: id },
                          { onSuccess: () => toast(strings.acknowledged), onError: toastFailure },
                        )
                      }
                    >
                      {strings.acknowledge}
                    </Button>
                  ) : (
                    <small className="muted">{alertsStrings.states[state]}</small>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
