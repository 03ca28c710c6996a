import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Config, ConfigError, required } from '../core/config.ts';
import type { Logger } from '../core/log.ts';
import type { Dialer } from '../core/outbound/dialer.ts';
import { RequestLogWriter } from '../core/store/request-log-writer.ts';
import { createLocalKeyWrapper } from '../core/vault/local-key-wrapper.ts';
import { createVault } from '../core/vault/vault.ts';
import type { InFlight } from './in-flight.ts';
import { createRelayContext } from './relay-context.ts';
import { createRelayServer } from './server.ts';
import { SnapshotFollower } from './snapshot/follow-snapshot.ts';
import { Heartbeat } from './snapshot/heartbeat.ts';
import { Snapshot } from './snapshot/snapshot.ts';

/** How long calls may go on after the order to stop; the supervisor waits 10 s. */
const STOP_MS = 8_000;

export interface RunningRelay {
  port: number;
  /** Takes no new calls, lets those under way end (8 s at most), writes the last logs. */
  stop(): Promise<void>;
}

/** Starts one relay process' parts. The dialer is given: the demo brings its own. */
export async function startRelay(options: { config: Config; log: Logger; dialer: Dialer }): Promise<RunningRelay> {
  const { config, log, dialer } = options;
  const databaseUrl = required(config.DATABASE_URL_RELAY, 'DATABASE_URL_RELAY');
  const logDatabaseUrl = required(config.DATABASE_URL_LOG_WRITER, 'DATABASE_URL_LOG_WRITER');
  const vault = createVault(await createLocalKeyWrapper(config));

  const snapshot = new Snapshot();
  const requestLog = new RequestLogWriter(logDatabaseUrl, log);
  const relay = createRelayContext(snapshot, dialer, requestLog);
  const heartbeat = new Heartbeat(
    databaseUrl,
    () => ({ snapshotXid: follower.appliedXid, inFlight: relay.inFlight.ofRefusingAgents() }),
    log,
  );
  const follower = new SnapshotFollower(databaseUrl, { vault, snapshot, log }, () => heartbeat.beat());

  let isStopping = false;
  const server = createRelayServer(relay, {
    ready: () => !isStopping && !snapshot.isExpired(Date.now()),
    metrics: () =>
      relay.metrics.render({
        agentgateway_relay_calls_in_flight: relay.inFlight.size,
        agentgateway_relay_snapshot_age_seconds: snapshot.ageSeconds(Date.now()),
        agentgateway_relay_log_rows_dropped: requestLog.droppedRows,
      }),
  });
  const stopParts = async () => {
    relay.inFlight.stop();
    await relay.upstreams.destroy();
    await follower.stop();
    await heartbeat.stop();
    await requestLog.close();
  };
  follower.start();
  heartbeat.start();
  try {
    const port = await listen(server, config.RELAY_PORT);
    log.info({ port }, 'listening');
    return {
      port,
      async stop() {
        isStopping = true;
        await closeServer(server, relay.inFlight);
        await stopParts();
        log.info('stopped');
      },
    };
  } catch (error) {
    await stopParts();
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigError(`Port ${port} is taken. Set RELAY_PORT to another port, or to 0 for any free one.`);
  }
  return (server.address() as AddressInfo).port;
}

/** Ends connections as their calls end, and all that is left when the time is over. */
async function closeServer(server: Server, inFlight: InFlight): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const cut = setTimeout(() => {
    // Upgraded connections are no longer the server's, but it waits for them.
    for (const exchange of inFlight) exchange.request.socket.destroy();
    server.closeAllConnections();
  }, STOP_MS);
  server.close();
  await once(server, 'close');
  clearInterval(idle);
  clearTimeout(cut);
}
