import { alertsStrings } from '../strings/alerts.ts';
import { StatusBadge, type Tone } from './status-badge.tsx';

const TONES: Readonly<Record<string, Tone>> = { critical: 'error', warning: 'warning', info: 'info' };

/** How much an alert or its rule matters. */
export function Severity({ severity }: { severity: string }) {
  return (
    <StatusBadge tone={TONES[severity] ?? 'neutral'}>{alertsStrings.severities[severity] ?? severity}</StatusBadge>
  );
}
