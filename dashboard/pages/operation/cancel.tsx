import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { isFinal, isPastReturn } from '../../../core/domain/long-running.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { toast } from '../../parts/toast.tsx';
import { commonStrings } from '../../strings/common.ts';
import { operationsStrings } from '../../strings/operations.ts';
import type { Operation } from './page.tsx';

const { cancel: strings } = operationsStrings;

/** Ends the operation and takes back what it did, while there is a way back. */
export function CancelButton({ operation }: { operation: Operation }) {
  const [opened, { open, close }] = useDisclosure();
  const cancel = useAction('cancel_operation');
  const { id, kind, step, status, cancel_requested_by } = operation;
  if (!mayWrite || isFinal(status) || isPastReturn({ kind, step }) || cancel_requested_by !== null) return null;
  const confirm = (): void =>
    cancel.mutate(
      { operation: id },
      {
        onSuccess: () => {
          close();
          toast(strings.done);
        },
      },
    );
  return (
    <>
      <Button variant="default" onClick={open}>
        {strings.button}
      </Button>
      <Modal opened={opened} onClose={close} title={<strong>{strings.title}</strong>}>
        <p>{strings.text}</p>
        {cancel.error !== null && <Failure error={cancel.error} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>
            {commonStrings.close}
          </Button>
          <Button color="red" loading={cancel.isPending} onClick={confirm}>
            {strings.button}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
