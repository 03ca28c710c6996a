/**
 * A process' part of a quota while processes cannot count together. The parts of all live processes add up to the quota
 * exactly: what does not divide evenly goes to some of them, to others for each limit.
 * @param processIds live processes, sorted
 */
export function shareOf(quota: number, turn: number, processIds: readonly string[], ownId: string): number {
  const position = processIds.indexOf(ownId);
  // Its first heartbeat may not be known yet.
  const count = position === -1 ? processIds.length + 1 : processIds.length;
  const rank = ((position === -1 ? processIds.length : position) + turn) % count;
  return Math.floor(quota / count) + (rank < quota % count ? 1 : 0);
}
