import { serverPage } from '../../client/links.ts';
import { Facts } from '../../parts/facts.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { auditStrings } from '../../strings/audit.ts';
import { type AuditEvent, Outcome } from './columns.tsx';
import classes from './detail.module.css';

const { facts, followOperation, through } = auditStrings;

/** Everything that an event tells. */
export function AuditEventDetail({ event }: { event: AuditEvent }) {
  const { actor, target, touched, arguments: given, operation_id: operation } = event;
  return (
    <Facts
      rows={[
        [facts.action, <code key="action">{event.action}</code>],
        [facts.outcome, <Outcome key="outcome" event={event} />],
        [
          facts.actor,
          <span key="actor">
            {actor.name}
            {actor.app !== null && ` ${through(actor.app)}`}{' '}
            <span className="muted">({actor.kind.replace('_', ' ')})</span>
          </span>,
        ],
        target === null
          ? null
          : [
              facts.target,
              <span key="target">
                {target.kind.replace('_', ' ')} {target.name} <code className="muted">{target.id}</code>
              </span>,
            ],
        touched.length === 0 ? null : [facts.touched, <code key="touched">{touched.join(', ')}</code>],
        Object.keys(given).length === 0
          ? null
          : [
              facts.arguments,
              <pre key="arguments" className={classes.arguments}>
                {JSON.stringify(given, null, 2)}
              </pre>,
            ],
        operation === null
          ? null
          : [
              facts.operation,
              <a key="operation" href={serverPage(`/operations/${operation}`)}>
                {followOperation}
              </a>,
            ],
        [facts.time, exactTime(event.time)],
        [facts.request, <code key="request">{event.request_id}</code>],
        [facts.id, <code key="id">{event.id}</code>],
      ]}
    />
  );
}
