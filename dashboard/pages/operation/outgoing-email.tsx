import { SEND_EMAIL } from '../../../core/domain/outgoing-email.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { operationsStrings, words } from '../../strings/operations.ts';
import { Countdown } from './countdown.tsx';
import classes from './page.module.css';
import type { Operation } from './page.tsx';

const { mail: strings } = operationsStrings;

/** The mail that an operation sends, whole: who decides about it sees what goes out. */
export function OutgoingEmail({ operation: { kind, input, step } }: { operation: Operation }) {
  const isMail = kind === SEND_EMAIL;
  const query = useOperation('get_outgoing_email', { email: String(input.email) }, { enabled: isMail });
  if (!isMail) return null;
  return (
    <Panel title={strings.title}>
      <Loaded query={query}>
        {({ email: { mailbox, to, cc, bcc, subject, text, undo_until, server_answer, bounces } }) => (
          <>
            <Facts
              rows={[
                [strings.from, mailbox],
                [strings.to, to.join(', ')],
                cc.length === 0 ? null : [strings.cc, cc.join(', ')],
                bcc.length === 0 ? null : [strings.bcc, bcc.join(', ')],
                [strings.subject, subject],
                step === 'undo_window' ? [strings.undo, <Countdown key="undo" until={undo_until} />] : null,
                server_answer === null ? null : [strings.server, server_answer],
              ]}
            />
            {text === null ? (
              <p className="muted">{strings.inMailboxOnly}</p>
            ) : (
              <pre className={classes.written}>{text}</pre>
            )}
            {bounces.length > 0 && <h3>{strings.bounces}</h3>}
            {bounces.map(({ recipient, action, status, reported_at }) => (
              <p key={`${recipient} ${reported_at}`}>
                {recipient ?? strings.notTold}: {words(action)} {status}{' '}
                <span className="muted">
                  <Moment time={reported_at} />
                </span>
              </p>
            ))}
          </>
        )}
      </Loaded>
    </Panel>
  );
}
