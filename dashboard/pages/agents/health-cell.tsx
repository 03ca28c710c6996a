import { Sparkline } from '../../charts/sparkline.tsx';
import { HealthScore } from '../../parts/health-score.tsx';
import { agentsStrings } from '../../strings/agents.ts';
import classes from './columns.module.css';

/** The present score, and how the last day led to it. */
export function HealthCell({
  score,
  history = [],
}: {
  score: number | null;
  history: readonly (number | null)[] | undefined;
}) {
  const values = [...history, score];
  const known = values.filter((value) => value !== null);
  return (
    <span className={classes.health}>
      <HealthScore score={score} />
      {known.length > 1 && (
        <span title={agentsStrings.history(Math.round(Math.min(...known)))}>
          <Sparkline values={values} most={100} />
          <span className="visually-hidden">{agentsStrings.history(Math.round(Math.min(...known)))}</span>
        </span>
      )}
    </span>
  );
}
