import { Button } from '@mantine/core';
import { useState } from 'react';
import { act } from '../client/act.ts';
import type { Input, OperationName } from '../client/registry.ts';
import { mayWrite } from '../client/role.ts';
import { commonStrings } from '../strings/common.ts';
import { actionColumn } from './action-column.tsx';
import type { Column } from './data-table.tsx';
import { Moment } from './moment.tsx';
import { toast, toastFailure } from './toast.tsx';

interface Deleted<Name extends Extract<OperationName, `restore_${string}`>> {
  operation: Name;
  input: Input<Name>;
  /** What is told afterwards. */
  restored: string;
}

/** Brings back what was deleted; also after the row that it was asked from is gone. */
export function restore<Name extends Extract<OperationName, `restore_${string}`>>({
  operation,
  input,
  restored,
}: Deleted<Name>): Promise<void> {
  return act(operation, input).then(() => toast(restored), toastFailure);
}

function RestoreButton<Name extends Extract<OperationName, `restore_${string}`>>(deleted: Deleted<Name>) {
  const [isPending, setPending] = useState(false);
  const onClick = (): void => {
    setPending(true);
    void restore(deleted).finally(() => setPending(false));
  };
  return (
    <Button size="xs" variant="default" loading={isPending} onClick={onClick}>
      {commonStrings.restore}
    </Button>
  );
}

/** The last columns of a list of what was deleted: until when it can be restored, and the button that does. */
export function restoreColumns<
  Row extends { restorable_until: string | null },
  Name extends Extract<OperationName, `restore_${string}`>,
>(deletedOf: (row: Row) => Deleted<Name>): Column<Row>[] {
  const { restorableUntil, restore: action } = commonStrings;
  return [
    {
      name: restorableUntil,
      width: 'minmax(124px, 1fr)',
      cell: ({ restorable_until }) => <Moment time={restorable_until} />,
    },
    {
      ...actionColumn(action, '110px'),
      cell: (row) => mayWrite && <RestoreButton {...deletedOf(row)} />,
    },
  ];
}
