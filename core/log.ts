import { type Logger, pino } from 'pino';

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

/**
 * A process' logger: one JSON object a line on standard output, which the supervisor renders for people.
 * @param name the process or part: `app`, `relay`, `workers` …
 */
export function createLogger(name: string, level = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino({
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
  });
}
