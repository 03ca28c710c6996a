import { useElementSize } from '@mantine/hooks';
import { useState } from 'react';
import { ChartTip } from './chart-tip.tsx';
import { linePath, niceTicks, type Point, spread } from './scale.ts';
import classes from './time-chart.module.css';

export interface Series {
  name: string;
  /** One for each time; null where there is none. */
  values: readonly (number | null)[];
  /** `--chart-1` and so on. */
  color: 1 | 2 | 3 | 4;
  /** Filled down to the ground. */
  filled?: boolean;
}

export interface TimeChartProps {
  /** What it shows, for screen readers and as its caption. */
  label: string;
  times: readonly Date[];
  series: readonly Series[];
  format: (value: number) => string;
  formatTime: (time: Date) => string;
  /** The last time is not over: its values still grow, so the way to them is dashed. */
  lastIsOpen?: boolean;
  height?: number;
  /** A dashed line across, such as a limit. */
  threshold?: { value: number; name: string };
}

const MARGIN = { top: 10, right: 8, bottom: 22, left: 56 };
const LABEL_PX = 84;

/** A summary in words, since a picture says nothing to a screen reader. */
function inWords({ label, series, format }: TimeChartProps): string {
  const told = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: none`;
    return `${name}: ${format(known.at(-1) ?? 0)} last, ${format(Math.max(...known))} at most`;
  });
  return `${label}. ${told.join('; ')}.`;
}

/** Labels at the edges stay inside. */
function anchorAt(x: number, width: number): 'start' | 'middle' | 'end' {
  if (x < MARGIN.left + LABEL_PX / 4) return 'start';
  return x > width - LABEL_PX / 3 ? 'end' : 'middle';
}

/** Lines over time, drawn to the width that there is; pointing at a time tells its values. */
export function TimeChart(props: TimeChartProps) {
  const { times, series, format, formatTime, lastIsOpen = false, height = 180, threshold } = props;
  const { ref, width } = useElementSize();
  const [pointed, setPointed] = useState<number | null>(null);
  const all = [...series.flatMap(({ values }) => values.map((value) => value ?? 0)), threshold?.value ?? 0];
  const ticks = niceTicks(Math.max(...all, 0));
  const top = ticks.at(-1) ?? 1;
  const inner = { width: Math.max(width - MARGIN.left - MARGIN.right, 1), height: height - MARGIN.top - MARGIN.bottom };
  const x = (index: number) => MARGIN.left + (times.length < 2 ? 0 : (index / (times.length - 1)) * inner.width);
  const y = (value: number) => MARGIN.top + inner.height * (1 - value / top);
  const pointsOf = (values: Series['values']): (Point | null)[] =>
    values.map((value, index) => (value === null ? null : { x: x(index), y: y(value) }));
  const onPoint = (event: React.PointerEvent<SVGSVGElement>): void => {
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left - MARGIN.left) / inner.width;
    setPointed(Math.min(Math.max(Math.round(share * (times.length - 1)), 0), times.length - 1));
  };
  const pointedTime = pointed === null ? undefined : times[pointed];
  return (
    <div ref={ref} className={classes.chart} style={{ height }}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={inWords(props)}
          onPointerMove={onPoint}
          onPointerLeave={() => setPointed(null)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line className={classes.grid} x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
              <text className={classes.label} x={MARGIN.left - 8} y={y(tick) + 4} textAnchor="end">
                {format(tick)}
              </text>
            </g>
          ))}
          {spread(times.length, inner.width / LABEL_PX).map((index) => (
            <text
              key={index}
              className={classes.label}
              x={x(index)}
              y={height - 5}
              textAnchor={anchorAt(x(index), width)}
            >
              {formatTime(times[index] as Date)}
            </text>
          ))}
          {series.map(({ name, values, color, filled }) => {
            const points = pointsOf(values);
            const closed = lastIsOpen && points.length > 2 ? points.slice(0, -1) : points;
            const path = linePath(closed);
            return (
              <g key={name} style={{ color: `var(--chart-${color})` }}>
                {filled && path !== '' && (
                  <path className={classes.area} d={`${path}L${x(closed.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} />
                )}
                <path className={classes.line} d={path} />
                {closed !== points && <path className={classes.open} d={linePath(points.slice(-2))} />}
                {pointed !== null && values[pointed] != null && (
                  <circle cx={x(pointed)} cy={y(values[pointed])} r={3.5} fill="currentColor" />
                )}
              </g>
            );
          })}
          {threshold !== undefined && (
            <line
              className={classes.threshold}
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y(threshold.value)}
              y2={y(threshold.value)}
            />
          )}
          {pointed !== null && (
            <line
              className={classes.cursor}
              x1={x(pointed)}
              x2={x(pointed)}
              y1={MARGIN.top}
              y2={MARGIN.top + inner.height}
            />
          )}
        </svg>
      )}
      {pointed !== null && pointedTime !== undefined && (
        <ChartTip
          left={x(pointed)}
          width={width}
          title={formatTime(pointedTime)}
          rows={series.map(({ name, color, values }) => ({
            name,
            color,
            text: values[pointed] == null ? '–' : format(values[pointed]),
          }))}
        />
      )}
    </div>
  );
}
