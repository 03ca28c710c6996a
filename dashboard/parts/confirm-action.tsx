import { Button, type ButtonProps, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Input, OperationName, Output } from '../client/registry.ts';
import { useAction } from '../client/use-action.ts';
import { commonStrings } from '../strings/common.ts';
import classes from './confirm-action.module.css';
import { Failure } from './failure.tsx';
import { Waiting } from './loaded.tsx';

const isDangerous = ({ button }: { button?: ButtonProps }): boolean => button?.variant === undefined;

interface Destructive<Name extends OperationName> {
  /** An operation of kind D: it takes `dry_run` and then tells what it would do. */
  operation: Name;
  input: Input<Name>;
  /** The button's label, and that of the button which does it. */
  label: string;
  title: string;
  /** What else there is to know before it. */
  children?: ReactNode;
  onDone?: (answer: Output<Name>) => void;
  /** With a variant of its own it is none that one should shrink from. */
  button?: ButtonProps;
}

function Question<Name extends OperationName>({
  operation,
  input,
  label,
  children,
  onDone,
  onClose,
  button = {},
}: Destructive<Name> & { onClose: () => void }) {
  const rehearsal = useAction(operation, { keepsEverything: true });
  const action = useAction(operation);
  const { mutate: rehearse } = rehearsal;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once when it opens
  useEffect(() => rehearse({ ...input, dry_run: true }), []);
  const isActing = useRef(false);
  /**
   * What it acts on may be gone from the page, and this with it, before the answer comes: it is told all the same, and
   * once, however often the button was pressed.
   */
  const act = async (): Promise<void> => {
    if (isActing.current) return;
    isActing.current = true;
    const answer = await action.mutateAsync(input).catch(() => undefined);
    if (answer === undefined) {
      isActing.current = false;
      return;
    }
    onClose();
    onDone?.(answer);
  };
  const would = (rehearsal.data as { would?: string[] } | undefined)?.would;
  return (
    <>
      {children}
      {rehearsal.isPending && <Waiting lines={3} />}
      {rehearsal.error !== null && <Failure error={rehearsal.error} />}
      {would !== undefined && (
        <ul className={classes.would}>
          {would.map((consequence) => (
            <li key={consequence}>{consequence}</li>
          ))}
        </ul>
      )}
      {action.error !== null && <Failure error={action.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {commonStrings.cancel}
        </Button>
        <Button
          {...(isDangerous({ button }) && { color: 'red' })}
          disabled={rehearsal.data === undefined}
          loading={action.isPending}
          onClick={() => void act()}
        >
          {label}
        </Button>
      </Group>
    </>
  );
}

/** A button for what destroys or cannot be taken back at once: it first shows what the server says it would do. */
export function ConfirmAction<Name extends OperationName>(props: Destructive<Name>) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        variant="default"
        {...(isDangerous(props) && { className: classes.danger })}
        {...props.button}
        onClick={open}
      >
        {props.label}
      </Button>
      <Modal opened={opened} onClose={close} title={<strong>{props.title}</strong>}>
        <Question {...props} onClose={close} />
      </Modal>
    </>
  );
}
