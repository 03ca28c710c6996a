import { Link } from '@tanstack/react-router';
import { OPEN_STATUSES } from '../../../core/domain/long-running.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { OperationStatusBadge } from '../../parts/operation-status.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { operationsStrings, titleOf, words } from '../../strings/operations.ts';
import { overviewStrings } from '../../strings/overview.ts';
import classes from './overview.module.css';

const { operations: strings } = overviewStrings;
const LOOKED_AT = 50;
const SHOWN = 6;

/** Long-running operations that have not ended. */
export function UnderWay() {
  const operations = useOperation('list_operations', { limit: LOOKED_AT });
  return (
    <Panel title={strings.title} action={<Link to={paths.operations}>{strings.all}</Link>}>
      <Loaded query={operations}>
        {({ items }) => {
          const open = items.filter(({ status }) => OPEN_STATUSES.includes(status)).slice(0, SHOWN);
          if (open.length === 0) return <p className="muted">{strings.none}</p>;
          return (
            <ul className={classes.list}>
              {open.map(({ id, kind, target, status, step, steps, waiting_for }) => (
                <li key={id}>
                  <span>
                    <Link to={paths.operation} params={{ operation: id }}>
                      {titleOf(kind)}: {target.name}
                    </Link>{' '}
                    <small className="muted">
                      {waiting_for === null
                        ? `${operationsStrings.steps(steps.filter((one) => one.status !== 'pending').length, steps.length)} ${words(step ?? '')}`
                        : strings.waits(waiting_for)}
                    </small>
                  </span>
                  <OperationStatusBadge status={status} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Panel>
  );
}
