import type { ReactNode } from 'react';
import classes from './figures.module.css';

export interface Figure {
  name: string;
  value: ReactNode;
  /** What it is compared with. */
  text?: ReactNode;
}

/** A row of figures that are read at a glance. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className={classes.figures}>
      {figures.map(({ name, value, text }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{value}</strong>
            {text !== undefined && <span>{text}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
