import { linePath } from './scale.ts';

const SIZE = { width: 72, height: 20 };

/** The shape of a few values from 0 up to `most`, as large as a word; what it says in figures stands beside it. */
export function Sparkline({
  values,
  most,
  color = 1,
}: {
  values: readonly (number | null)[];
  most: number;
  color?: 1 | 2 | 3 | 4;
}) {
  const points = values.map(
    (value, index) =>
      value !== null && {
        x: 1 + (index / Math.max(values.length - 1, 1)) * (SIZE.width - 2),
        y: SIZE.height - 2 - (value / most) * (SIZE.height - 4),
      },
  );
  return (
    <svg width={SIZE.width} height={SIZE.height} aria-hidden="true" style={{ color: `var(--chart-${color})` }}>
      <path
        d={linePath(points.map((point) => point || null))}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
