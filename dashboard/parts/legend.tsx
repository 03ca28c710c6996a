import classes from './legend.module.css';

/** Which colour of a chart means what. */
export function Legend({ entries }: { entries: readonly (readonly [name: string, color: 1 | 2 | 3 | 4])[] }) {
  return (
    <ul className={classes.legend}>
      {entries.map(([name, color]) => (
        <li key={name}>
          <span style={{ background: `var(--chart-${color})` }} aria-hidden />
          {name}
        </li>
      ))}
    </ul>
  );
}
