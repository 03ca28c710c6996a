import type { ReactNode } from 'react';
import classes from './two-lines.module.css';

/** A table's cell with something smaller below. */
export function TwoLines({ first, second }: { first: ReactNode; second?: ReactNode }) {
  return (
    <span className={classes.lines}>
      <span>{first}</span>
      {second !== undefined && second !== null && <small>{second}</small>}
    </span>
  );
}
