import { serverPage } from '../../client/links.ts';
import { useOperation } from '../../client/use-operation.ts';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { emailStrings } from '../../strings/email.ts';
import type { Mail } from './columns.tsx';
import classes from './outbox.module.css';

const { outbox: strings } = emailStrings;
const { facts } = strings;

const listed = (name: string, addresses: readonly string[]) =>
  addresses.length === 0 ? null : ([name, addresses.join(', ')] as const);

/** A mail as it is sent, and what became of it. */
export function MailDetail({ mail }: { mail: Mail }) {
  const query = useOperation('get_outgoing_email', { email: mail.id });
  return (
    <>
      {mail.state === 'unknown' && <p>{strings.doubt}</p>}
      <Loaded query={query}>
        {({ email }) => (
          <Facts
            rows={[
              [facts.from, email.mailbox],
              listed(facts.to, email.to),
              listed(facts.cc, email.cc),
              listed(facts.bcc, email.bcc),
              email.server_answer === null ? null : [facts.answer, <code key="answer">{email.server_answer}</code>],
              email.state === 'sent' ? [facts.sentCopy, email.in_sent ? strings.yes : strings.no] : null,
              email.bounces.length === 0
                ? null
                : [
                    facts.bounces,
                    email.bounces.map(({ recipient, status }) => `${recipient ?? ''} ${status}`).join(', '),
                  ],
              [
                facts.text,
                email.text === null ? (
                  <span key="text" className="muted">
                    {strings.textGone}
                  </span>
                ) : (
                  <div key="text" className={classes.text}>
                    {email.text}
                  </div>
                ),
              ],
              [
                facts.operation,
                <a key="operation" href={serverPage(`/operations/${email.operation_id}`)}>
                  {strings.follow}
                </a>,
              ],
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
