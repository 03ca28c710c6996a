import { exactTime } from '../../parts/moment.tsx';
import { operationsStrings } from '../../strings/operations.ts';
import type { Operation } from './page.tsx';
import classes from './vain-attempts.module.css';

const { attempts: strings } = operationsStrings;

/** The history of a step's attempts that came to nothing, the latest first; those alike in a row are one line. */
export function VainAttempts({ attempts }: Pick<Operation['steps'][number], 'attempts'>) {
  if (attempts.length === 0) return null;
  const total = attempts.reduce((sum, { times }) => sum + times, 0);
  return (
    <details className={classes.attempts}>
      <summary>{strings.title(total)}</summary>
      <ul>
        {attempts.toReversed().map(({ why, times, first_at, last_at }) => (
          <li key={first_at}>
            <span className="muted figure">
              {times === 1 ? exactTime(last_at) : strings.between(times, exactTime(first_at), exactTime(last_at))}
            </span>
            <span>{why}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
