import { join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** An address or a network; or a name that Express knows for several (expressjs.com, "Express behind proxies"). */
function isProxy(entry: string): boolean {
  return ['loopback', 'linklocal', 'uniquelocal'].includes(entry) || ipaddr.isValid(entry) || ipaddr.isValidCIDR(entry);
}

/** Every setting of the product: `.env.example` tells their meanings. */
const settingsSchema = z.object({
  AGENTGATEWAY_PUBLIC_URL: url.optional(),
  AGENTGATEWAY_RELAY_URL: url.optional(),
  PORT: port.default(8080),
  RELAY_PORT: port.default(8081),
  POSTGRES_PORT: port.default(0),
  TEMPORAL_PORT: port.default(0),
  TEMPORAL_UI_PORT: port.default(8233),
  RELAY_PROCESSES: z.coerce.number().int().min(1).max(64).default(1),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_URL_APP: databaseUrl.optional(),
  DATABASE_URL_RELAY: databaseUrl.optional(),
  DATABASE_URL_LOG_WRITER: databaseUrl.optional(),
  DATABASE_URL_JOBS: databaseUrl.optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
  TEMPORAL_TLS: z.stringbool().default(false),
  TEMPORAL_TLS_CLIENT_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_CERT_DATA: z.string().optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_KEY_DATA: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: z.string().optional(),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  AGENTGATEWAY_TEMPORAL_UI_URL: url.optional(),
  AGENTGATEWAY_MASTER_KEY: z.string().min(1).optional(),
  VAULT_TOKEN: z.string().min(1).optional(),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
  AGENTGATEWAY_DATA_DIR: z
    .string()
    .min(1)
    .default('.agentgateway')
    .transform((value) => resolve(value)),
  AGENTGATEWAY_ADMIN_EMAIL: z.email().toLowerCase().optional(),
  AGENTGATEWAY_ADMIN_PASSWORD: z.string().min(10).optional(),
  AGENTGATEWAY_ORG: z.string().trim().min(1).max(100).optional(),
  AGENTGATEWAY_API_TOKEN: z
    .string()
    .regex(/^agt_.{32,}$/, 'must be agt_ and at least 32 characters')
    .optional(),
  AGENTGATEWAY_OWNERS: list.pipe(z.array(z.email().toLowerCase())).default([]),
  AGENTGATEWAY_SIGNUP: z.enum(['closed', 'open']).default('closed'),
  AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: list.default([]),
  AGENTGATEWAY_TRUSTED_PROXIES: list
    .refine(
      (entries) => entries.every(isProxy),
      'list addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    )
    .default([]),
  AGENTGATEWAY_ALERT_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
  AGENTGATEWAY_MCP_MIXED_ERAS: z.stringbool().default(true),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

type Settings = z.infer<typeof settingsSchema>;

export type Config = Omit<Settings, 'AGENTGATEWAY_PUBLIC_URL' | 'AGENTGATEWAY_RELAY_URL'> & {
  /** Where people and clients reach the app; no slash at the end. */
  publicUrl: string;
  /** Where callers reach the relay; no slash at the end. */
  relayUrl: string;
  /** The resource of the access tokens, exactly as a user types it. */
  mcpUrl: string;
};

/** The settings are wrong: the message names each one and what would be right. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads and checks every setting at once.
 * @throws ConfigError with one line for each wrong setting, never with its value.
 */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`Wrong settings (see .env.example):\n  ${lines.join('\n  ')}`);
  }
  const { AGENTGATEWAY_PUBLIC_URL, AGENTGATEWAY_RELAY_URL, ...settings } = parsed.data;
  if (settings.RELAY_PROCESSES > 1 && settings.REDIS_URL === undefined) {
    throw new ConfigError(
      'RELAY_PROCESSES above 1 needs REDIS_URL: processes share limits and breakers through Redis.',
    );
  }
  const publicUrl = AGENTGATEWAY_PUBLIC_URL ?? `http://localhost:${settings.PORT}`;
  return {
    ...settings,
    publicUrl,
    relayUrl: AGENTGATEWAY_RELAY_URL ?? `http://localhost:${settings.RELAY_PORT}`,
    mcpUrl: `${publicUrl}/api/mcp`,
  };
}

/** A setting that this process cannot do without. */
export function required(value: string | undefined, setting: string): string {
  if (value === undefined) {
    throw new ConfigError(
      `${setting} is not set. "npm start" sets it; see .env.example for running one process alone.`,
    );
  }
  return value;
}

/** The file that holds the local master key. */
export function masterKeyFile(config: Pick<Config, 'AGENTGATEWAY_DATA_DIR'>): string {
  return join(config.AGENTGATEWAY_DATA_DIR, 'master.key');
}
