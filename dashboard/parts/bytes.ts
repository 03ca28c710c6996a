const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
const figure = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** 12345 as `12.3 KB`; a kilobyte has 1,000 bytes. */
export function asBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${figure.format(bytes / 1_000 ** power)} ${UNITS[power]}`;
}
