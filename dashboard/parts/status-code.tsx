import { StatusBadge, type Tone } from './status-badge.tsx';

/** The tone of an HTTP status: what failed, what was refused, what went well. */
function toneOf(status: number): Tone {
  if (status >= 500) return 'error';
  if (status >= 400) return 'warning';
  return status >= 300 ? 'info' : 'success';
}

/** An HTTP status in its colour. */
export function StatusCode({ status }: { status: number }) {
  return <StatusBadge tone={toneOf(status)}>{status}</StatusBadge>;
}
