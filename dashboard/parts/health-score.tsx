import { agentsStrings } from '../strings/agents.ts';
import { StatusBadge, type Tone } from './status-badge.tsx';

function toneOf(score: number): Tone {
  if (score >= 80) return 'success';
  return score >= 50 ? 'warning' : 'error';
}

/** A score from 0 to 100. */
export function HealthScore({ score }: { score: number | null }) {
  if (score === null) return <span className="muted">{agentsStrings.noData}</span>;
  return <StatusBadge tone={toneOf(score)}>{Math.round(score)}</StatusBadge>;
}
