import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { type Column, DataTable } from './data-table.tsx';
import classes from './expandable-table.module.css';

/** A table whose rows open below themselves; the first column's content is the button that does it. */
export function ExpandableTable<Row>({
  label,
  first,
  columns,
  rows,
  idOf,
  detail,
  onOpen,
  onNearEnd,
  foot,
}: {
  label: string;
  first: Column<Row>;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => string;
  detail: (row: Row) => ReactNode;
  onOpen?: () => void;
  onNearEnd: () => void;
  /** Below the last row, such as that more is being fetched. */
  foot?: ReactNode;
}) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string): void => {
    const next = new Set(opened);
    if (!next.delete(id)) {
      next.add(id);
      onOpen?.();
    }
    setOpened(next);
  };
  const toggled: Column<Row> = {
    ...first,
    cell: (row) => {
      const id = idOf(row);
      const isOpen = opened.has(id);
      return (
        <UnstyledButton
          className={`row-link ${classes.toggle}`}
          aria-expanded={isOpen}
          {...(isOpen && { 'aria-controls': `detail-${id}` })}
          onClick={() => toggle(id)}
        >
          <IconChevronRight size={15} stroke={1.8} aria-hidden />
          {first.cell(row)}
        </UnstyledButton>
      );
    },
  };
  return (
    <>
      <DataTable
        label={label}
        columns={[toggled, ...columns]}
        rows={rows}
        idOf={idOf}
        onNearEnd={onNearEnd}
        detail={(row) =>
          opened.has(idOf(row)) && (
            // biome-ignore lint/a11y: part of the positioned row
            <div className={classes.detail} id={`detail-${idOf(row)}`} role="cell">
              {detail(row)}
            </div>
          )
        }
      />
      {foot !== undefined && (
        <p className={classes.foot} role="status">
          {foot}
        </p>
      )}
    </>
  );
}
