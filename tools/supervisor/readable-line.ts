import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const levelStyles: Record<string, Style> = { warn: 'yellow', error: 'red', fatal: 'red', debug: 'gray', trace: 'gray' };
const nameStyles: Style[] = [
  'cyan',
  'magenta',
  'green',
  'blue',
  'yellow',
  'cyanBright',
  'magentaBright',
  'greenBright',
];
/** Said by the prefix and the columns already, or too long for a terminal; the log file has them. */
const leftOut = new Set(['time', 'level', 'msg', 'name', 'pid', 'hostname', 'stack', 'service', 'logging-call-at']);

type LogRecord = Record<string, unknown>;

/** pino's levels, the quietest last. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Whether a record of this level is to be told where the given level is the least that is told. */
export function isTold(record: LogRecord, least: string): boolean {
  const level = levels.indexOf(String(record.level).toLowerCase());
  return level === -1 || level >= levels.indexOf(least);
}

/** A line of a child as a record, when it is a JSON object. */
export function parseLogLine(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}

/** Whether a line tells of a failure of the server itself: by its level, or Postgres' worst word. A refused login is none. */
export function isSevere(line: string): boolean {
  const record = parseLogLine(line);
  if (!record) return /^[\d .:-]+ UTC PANIC:/.test(line);
  return ['error', 'fatal'].includes(String(record.level).toLowerCase());
}

/** What others wrote must not steer the terminal: escape sequences and control characters go. */
function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/(?!\t)\p{Cc}/gu, ' ');
}

function fieldText(key: string, value: unknown): string {
  if (key === 'err' && typeof value === 'object' && value !== null) {
    const { type, message } = value as { type?: unknown; message?: unknown };
    return `${type ?? 'Error'}: ${message ?? ''}`;
  }
  return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

/** A style for each name, always the same one. */
export function prefixFor(name: string, width: number, index: number): (line: string) => string {
  const style = nameStyles[index % nameStyles.length] ?? 'cyan';
  return (line) => `${styleText(style, `${name.padEnd(width)} │`)} ${line}`;
}

/** A child's line for people: time, level, the message's first line, fields; a line that is no JSON object stays as it is. */
export function readableLine(line: string): string {
  const record = parseLogLine(line);
  if (!record) return harmless(line);
  const level = String(record.level ?? 'info').toLowerCase();
  const time = new Date(String(record.time)).toTimeString().slice(0, 8);
  const fields = Object.entries(record).filter(([key]) => !leftOut.has(key));
  const told = fields.map(([key, value]) => harmless(fieldText(key, value))).join(' ');
  const style = levelStyles[level];
  const [firstLine = ''] = String(record.msg ?? '').split('\n', 1);
  const message = harmless(firstLine);
  return [
    styleText('gray', time),
    style ? styleText(style, level.padEnd(5)) : level.padEnd(5),
    style ? styleText(style, message) : message,
    told === '' ? '' : styleText('gray', told),
  ]
    .filter((part) => part !== '')
    .join(' ');
}
