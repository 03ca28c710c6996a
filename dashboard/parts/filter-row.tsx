import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { filterStrings } from '../strings/filters.ts';
import classes from './filter-row.module.css';

/** The filters above a list; where some are set, a button takes them all away. */
export function FilterRow({ onClear, children }: { onClear: (() => void) | null; children: ReactNode }) {
  return (
    <search className={classes.row} aria-label={filterStrings.label}>
      {children}
      {onClear !== null && (
        <Button
          className={classes.clear}
          variant="subtle"
          color="gray"
          leftSection={<IconX size={15} aria-hidden />}
          onClick={onClear}
        >
          {filterStrings.clear}
        </Button>
      )}
    </search>
  );
}
