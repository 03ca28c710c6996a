import type { ReactNode } from 'react';
import classes from './facts.module.css';

/** Names and what stands for them; a row whose value is missing is left out. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ReactNode] | null)[] }) {
  return (
    <dl className={classes.facts}>
      {rows.flatMap((row) =>
        row === null
          ? []
          : [
              <div key={row[0]}>
                <dt>{row[0]}</dt>
                <dd>{row[1]}</dd>
              </div>,
            ],
      )}
    </dl>
  );
}
