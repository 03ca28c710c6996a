import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { useSecondsUntil } from '../../parts/use-seconds-until.ts';
import { commonStrings } from '../../strings/common.ts';
import { emailStrings } from '../../strings/email.ts';
import classes from './outbox.module.css';

type Mail = Item<'list_outgoing_emails'>;

const { outbox: strings, compose } = emailStrings;

function Undo({ mail: { operation_id: operation, undo_until } }: { mail: Mail }) {
  const seconds = useSecondsUntil(undo_until);
  const cancelling = useAction('cancel_operation');
  return (
    <Button
      size="xs"
      variant="default"
      className="figure"
      loading={cancelling.isPending}
      onClick={() =>
        cancelling.mutate({ operation }, { onSuccess: () => toast(compose.takenBack), onError: toastFailure })
      }
    >
      {strings.undo(seconds)}
    </Button>
  );
}

/** A mail in doubt: a person says that it arrived, or has it sent again, knowing that it may arrive twice. */
function Decide({ mail: { operation_id: operation } }: { mail: Mail }) {
  const [opened, { open, close }] = useDisclosure();
  const resolving = useAction('resolve_operation');
  const decide = (decision: 'sent' | 'resend'): void =>
    resolving.mutate(
      { operation, decision },
      {
        onSuccess: () => {
          toast(strings.decided);
          close();
        },
        onError: (error) => {
          if (!opened) toastFailure(error);
        },
      },
    );
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end">
      <Button size="xs" variant="default" disabled={resolving.isPending} onClick={() => decide('sent')}>
        {strings.arrived}
      </Button>
      <Button size="xs" variant="default" disabled={resolving.isPending} onClick={open}>
        {strings.resend}
      </Button>
      <Modal opened={opened} onClose={close} title={<strong>{strings.resendTitle}</strong>}>
        <p>{strings.resendText}</p>
        {resolving.error !== null && <Failure error={resolving.error} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>
            {commonStrings.cancel}
          </Button>
          <Button color="red" loading={resolving.isPending} onClick={() => decide('resend')}>
            {strings.resend}
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}

/** What a person can still do about a mail. */
export function MailActions({ mail }: { mail: Mail }) {
  if (!mayWrite) return null;
  if (mail.state !== 'accepted' && mail.state !== 'unknown') return null;
  return (
    <span className={classes.above}>{mail.state === 'accepted' ? <Undo mail={mail} /> : <Decide mail={mail} />}</span>
  );
}
