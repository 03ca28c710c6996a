import { logStrings } from '../strings/logs.ts';
import { StatusBadge } from './status-badge.tsx';

/** Whether new rows of a log appear by themselves. */
export function LiveBadge({ isLive }: { isLive: boolean }) {
  return (
    <StatusBadge tone={isLive ? 'success' : 'neutral'}>{isLive ? logStrings.live : logStrings.paused}</StatusBadge>
  );
}
