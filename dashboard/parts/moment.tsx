import { Tooltip } from '@mantine/core';
import { createStore, useStore } from '../client/store.ts';
import { commonStrings } from '../strings/common.ts';

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const exact = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

/** One clock for all moments on a page. */
const now = createStore(Date.now());
setInterval(() => now.set(Date.now()), 10_000);

/** A length of time in its largest unit: `3 hours`. */
export function lengthInWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
  const count = Math.max(0, Math.floor(seconds / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** A time as the viewer's clock shows it. */
export function exactTime(time: string | number): string {
  return exact.format(new Date(time));
}

/** How long ago something was, or when it will be; the exact time, in the viewer's zone, on pointing at it. */
export function Moment({ time, otherwise = commonStrings.never }: { time: string | null; otherwise?: string }) {
  const present = useStore(now);
  if (time === null) return <span className="muted">{otherwise}</span>;
  const seconds = (present - Date.parse(time)) / 1_000;
  const { ago, inFuture, justNow } = commonStrings;
  const text = Math.abs(seconds) < 10 ? justNow : (seconds < 0 ? inFuture : ago)(lengthInWords(Math.abs(seconds)));
  return (
    <Tooltip label={exactTime(time)}>
      <time dateTime={time}>{text}</time>
    </Tooltip>
  );
}
