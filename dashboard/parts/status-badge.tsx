import classes from './status-badge.module.css';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'error';

/** A state in a word, with its colour; the word alone says it too. */
export function StatusBadge({ tone = 'neutral', children }: { tone?: Tone; children: React.ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  );
}
