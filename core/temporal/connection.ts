import { Connection, type ConnectionOptions } from '@temporalio/client';
import { type Config, required } from '../config.ts';
import { type TlsSettings, temporalTls } from './tls-settings.ts';

/** While Temporal is away the channel tries again this often, so that its return is noticed within seconds. */
const LONGEST_RECONNECT_MS = 2_000;

type TemporalSettings = TlsSettings & Pick<Config, 'TEMPORAL_ADDRESS' | 'TEMPORAL_API_KEY'>;

/**
 * Where Temporal is and how it knows us: the same for clients, workers and migrations. An API key travels over TLS only.
 * @throws ConfigError
 */
export function temporalAddress(
  config: TemporalSettings,
): Pick<ConnectionOptions, 'address' | 'tls'> & { apiKey?: string } {
  const { TEMPORAL_API_KEY: apiKey } = config;
  const tls = temporalTls(config);
  return {
    address: required(config.TEMPORAL_ADDRESS, 'TEMPORAL_ADDRESS'),
    ...(tls !== undefined && { tls }),
    ...(apiKey !== undefined && { apiKey }),
  };
}

/** Connects when it is first used: the app starts, and answers 503 where it must, while Temporal is away. */
export function openTemporal(config: TemporalSettings): Connection {
  return Connection.lazy({
    ...temporalAddress(config),
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': 250,
      'grpc.max_reconnect_backoff_ms': LONGEST_RECONNECT_MS,
    },
  });
}
