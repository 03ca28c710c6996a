/** Round values from 0 up to at least the largest one, for the lines of a chart. */
export function niceTicks(largest: number, wanted = 4): number[] {
  if (!(largest > 0)) return [0, 1];
  const rough = largest / wanted;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const count = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Indices at which a label fits, spread evenly, never more than wanted. */
export function spread(count: number, wanted: number): number[] {
  if (count === 0) return [];
  const step = Math.max(1, Math.ceil(count / Math.max(1, wanted)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

export interface Point {
  x: number;
  y: number;
}

/** An SVG path through points; where a value is missing the line is broken. */
export function linePath(points: readonly (Point | null)[]): string {
  let path = '';
  let isBroken = true;
  for (const point of points) {
    if (point !== null) path += `${isBroken ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    isBroken = point === null;
  }
  return path;
}
