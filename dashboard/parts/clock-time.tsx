import { Tooltip } from '@mantine/core';
import { exactTime } from './moment.tsx';

const today = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });
const earlier = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** A time to the second, for rows that happen close together; the date where it is not today's. */
export function ClockTime({ time }: { time: string }) {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <Tooltip label={exactTime(time)}>
      <time dateTime={time}>{(isToday ? today : earlier).format(date)}</time>
    </Tooltip>
  );
}
