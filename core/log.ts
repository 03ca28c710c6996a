import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger };

/** Names of fields whose values never reach a log line, wherever they stand. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'value',
  'token',
  'refresh_token',
  'access_token',
  'client_secret',
  'code_verifier',
];

/** More than this is not kept for an output that takes nothing. */
const MOST_UNWRITTEN_BYTES = 1_048_576;

/** Where it takes nothing, as a file on a full disk, lines are lost; the process goes on, and can end. */
function standardOutput() {
  const output = pino.destination({ dest: 1, sync: true, maxLength: MOST_UNWRITTEN_BYTES });
  output.on('error', () => {
    // It would block the process until all is written.
    output.flushSync = () => {};
  });
  return output;
}

/** A wrong level is refused by `loadConfig`, in words that this very logger has to write. */
function usableLevel(wished = ''): string {
  return wished === 'silent' || Object.hasOwn(pino.levels.values, wished) ? wished : 'info';
}

/**
 * A process' logger: one JSON object a line on standard output, which the supervisor renders for people.
 * @param name the process or part: `app`, `relay`, `workers` …
 */
export function createLogger(name: string, level = usableLevel(process.env.LOG_LEVEL)): Logger {
  const options: LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[removed]',
    },
    serializers: { err: pino.stdSerializers.err },
  };
  return pino(options, standardOutput());
}
