import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { isFinal } from '../../../core/domain/long-running.ts';
import { SEND_EMAIL } from '../../../core/domain/outgoing-email.ts';
import type { Input } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { operationsStrings } from '../../strings/operations.ts';
import { Approval } from './approval.tsx';
import classes from './page.module.css';
import type { Operation } from './page.tsx';

const {
  value: valueStrings,
  question: questionStrings,
  mailQuestion: mailStrings,
  reveal: revealStrings,
} = operationsStrings;

/** What the operation waits for a person to do. */
export function Decision({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.decision} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Guides through a rotation by hand; the value itself is entered on a page of its own, never here. */
function EnterValue({ operation }: { operation: Operation }) {
  const link = useAction('create_entry_link');
  const open = (): void =>
    link.mutate(
      { credential: operation.target.id },
      { onSuccess: ({ entry_url }) => entry_url !== null && window.location.assign(entry_url) },
    );
  return (
    <Decision title={valueStrings.title}>
      <p>{valueStrings.text}</p>
      <ol>
        {valueStrings.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {link.error !== null && <Failure error={link.error} />}
      <div className={classes.buttons}>
        <Button loading={link.isPending} onClick={open}>
          {valueStrings.button}
        </Button>
      </div>
    </Decision>
  );
}

type Answer = Input<'resolve_operation'>['decision'];

/** A key or a mail in doubt: what happened outside nobody can know but a person. */
function Question({ operation }: { operation: Operation }) {
  const resolve = useAction('resolve_operation');
  const decide = (decision: Answer): void => resolve.mutate({ operation: operation.id, decision });
  const isMail = operation.kind === SEND_EMAIL;
  const answers: [Answer, string][] = isMail
    ? [
        ['sent', mailStrings.sent],
        ['resend', mailStrings.resend],
      ]
    : [
        ['remove', questionStrings.remove],
        ['keep', questionStrings.keep],
      ];
  return (
    <Decision title={isMail ? mailStrings.title : questionStrings.title}>
      <p>{operation.question}</p>
      {resolve.error !== null && <Failure error={resolve.error} />}
      <div className={classes.buttons}>
        {answers.map(([decision, label], index) => (
          <Button
            key={decision}
            variant={index === 0 ? 'filled' : 'default'}
            loading={resolve.isPending}
            onClick={() => decide(decision)}
          >
            {label}
          </Button>
        ))}
      </div>
    </Decision>
  );
}

function Reveal({ url }: { url: string }) {
  return (
    <Decision title={revealStrings.title}>
      <p>{revealStrings.text}</p>
      <div className={classes.buttons}>
        <Button component="a" href={url}>
          {revealStrings.button}
        </Button>
      </div>
    </Decision>
  );
}

/** Everything that a person can decide here; an operator sees only that it is waited for. */
export function Decisions({ operation }: { operation: Operation }) {
  if (isFinal(operation.status)) return null;
  const { waiting_for, approval, reveal_url } = operation;
  return (
    <>
      {reveal_url != null && <Reveal url={reveal_url} />}
      {mayWrite && approval !== null && approval.decision === null && <Approval operation={operation} />}
      {mayWrite && waiting_for === 'value' && <EnterValue operation={operation} />}
      {mayWrite && waiting_for === 'resolve' && <Question operation={operation} />}
    </>
  );
}
