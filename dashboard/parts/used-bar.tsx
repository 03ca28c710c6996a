import classes from './used-bar.module.css';

/** From this share on it is worth a look. */
const NEARLY_FULL = 0.8;

/** How much of something is used, as a bar; the figures beside it say the same. */
export function UsedBar({ used, limit }: { used: number; limit: number }) {
  const share = limit > 0 ? used / limit : 1;
  const tone = share >= 1 ? 'error' : share >= NEARLY_FULL ? 'warning' : 'good';
  return (
    <span className={classes.bar} data-tone={tone} aria-hidden>
      <span style={{ width: `${Math.min(share, 1) * 100}%` }} />
    </span>
  );
}
