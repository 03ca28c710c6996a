const named = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const SHOWN = 13;

/** The present month, in UTC, and the year before it, as choices. */
export function lastMonths(now = new Date()): { value: string; label: string }[] {
  return Array.from({ length: SHOWN }, (_, back) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return { value: month.toISOString().slice(0, 7), label: named.format(month) };
  });
}
