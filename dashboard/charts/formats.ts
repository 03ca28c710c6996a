const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const hour = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

/** 12345 as `12.3K`. */
export const inShort = (value: number): string => compact.format(value);
/** 12345 as `12,345`. */
export const inFull = (value: number): string => whole.format(value);
/** A fraction as `4.5%`. */
export const asPercent = (fraction: number): string => share.format(fraction);
export const asMilliseconds = (value: number): string =>
  value >= 1_000 ? `${(value / 1_000).toFixed(value >= 10_000 ? 0 : 1)} s` : `${whole.format(value)} ms`;
/** In the viewer's zone. */
export const asHour = (time: Date): string => hour.format(time);
export const asDay = (time: Date): string => day.format(time);

/** An amount of money; without a currency there is none. */
export function asMoney({ amount, currency }: { amount: number; currency: string | null }): string {
  if (currency === null) return '–';
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount);
}
