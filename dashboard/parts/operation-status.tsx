import type { OperationStatus } from '../../core/domain/long-running.ts';
import { words } from '../strings/operations.ts';
import { StatusBadge, type Tone } from './status-badge.tsx';

const TONES: Record<OperationStatus, Tone> = {
  accepted: 'info',
  running: 'info',
  waiting: 'warning',
  succeeded: 'success',
  failed: 'error',
  cancelled: 'neutral',
  rolled_back: 'warning',
  unknown: 'warning',
};

/** How a long-running operation stands. */
export function OperationStatusBadge({ status }: { status: OperationStatus }) {
  return <StatusBadge tone={TONES[status]}>{words(status)}</StatusBadge>;
}
