import { useEffect, useState } from 'react';
import { operationsStrings } from '../../strings/operations.ts';

/** `3:07`, or `1:02:30`. */
function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A timer of the operation, running down. */
export function Countdown({ until }: { until: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((Date.parse(until) - now) / 1_000);
  const { countdown, countdownOver } = operationsStrings.detail;
  return <span className="figure">{seconds > 0 ? countdown(clock(seconds)) : countdownOver}</span>;
}
