/** Calls that were let in, in order: when each was. */
export type History = readonly number[];

/**
 * The most calls that any window of that length holds, wherever it begins. Told from the bare times alone, in the same
 * unit: two calls exactly a window apart are in different ones.
 */
export function mostInAnyWindow(history: History, windowLength: number): number {
  let most = 0;
  let oldest = 0;
  history.forEach((at, index) => {
    while (at - (history[oldest] as number) >= windowLength) oldest += 1;
    most = Math.max(most, index - oldest + 1);
  });
  return most;
}

/** Times of a storm: bursts at one moment, quiet spells, steady runs and runs just at a window's edge, mixed. */
export function storm(random: () => number, calls: number, windowLength: number): number[] {
  const times: number[] = [];
  let now = random() * windowLength;
  while (times.length < calls) {
    const run = 1 + Math.floor(random() * 40);
    const spell = random();
    const gap = spell < 0.4 ? 0 : spell < 0.7 ? (random() * windowLength) / 200 : (random() * windowLength) / 30;
    for (let call = 0; call < run && times.length < calls; call += 1) {
      times.push(now);
      now += gap * random() * 2;
    }
    if (random() < 0.2) now += windowLength * random() * 1.5;
    // The moment at which an early call is just about to leave.
    const early = times[Math.max(0, times.length - 1 - Math.floor(random() * 60))] as number;
    if (random() < 0.3) now = Math.max(now, early + windowLength + (random() - 0.5) * 0.02 * windowLength);
  }
  return times;
}
