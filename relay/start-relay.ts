import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { type Config, required } from '../core/config.ts';
import { listen } from '../core/listen.ts';
import type { Logger } from '../core/log.ts';
import { AccessTokens } from '../core/outbound/access-tokens.ts';
import type { Dialer } from '../core/outbound/dialer.ts';
import { createOutboundAgent } from '../core/outbound/outbound-agent.ts';
import { RequestLogWriter } from '../core/store/request-log-writer.ts';
import { openVault } from '../core/vault/open-vault.ts';
import { startBreakers } from './breaker/start-breakers.ts';
import type { InFlight } from './in-flight.ts';
import { SharedRedis } from './redis.ts';
import { createRelayContext } from './relay-context.ts';
import { EvidenceJournal } from './rotation/evidence-journal.ts';
import { createRelayServer } from './server.ts';
import { SnapshotFollower } from './snapshot/follow-snapshot.ts';
import { Heartbeat } from './snapshot/heartbeat.ts';
import { Snapshot } from './snapshot/snapshot.ts';

/** In which callers that send one call after the other hear that they are to leave: their next one may be on its way. */
const LEAVE_MS = 300;
/** How long calls may go on from then on. */
const CALLS_MS = 8_000;
/** After so long nothing is waited for any more: the supervisor kills what takes 10 s. */
const STOP_MS = 9_500;
/** In which calls hear that their connections are closed: one that never did must not keep the rows of the others from disk. */
const MOST_TURNS = 1_000;

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
  const vault = await openVault(config, databaseUrl);

  const snapshot = new Snapshot();
  const requestLog = new RequestLogWriter({
    databaseUrl: logDatabaseUrl,
    log,
    spoolRoot: join(config.AGENTGATEWAY_DATA_DIR, 'spool'),
  });
  const processId = randomUUID();
  const redis = config.REDIS_URL === undefined ? null : new SharedRedis(config.REDIS_URL, log);
  const { breakers, stop: stopBreakers } = startBreakers({ snapshot, databaseUrl, redis, log });
  const relay = createRelayContext(snapshot, dialer, requestLog, { processId, redis }, breakers);
  const { rotations } = relay;
  const evidence = new EvidenceJournal(databaseUrl, { processId, rotations, snapshot, log });
  const heartbeat = new Heartbeat(
    databaseUrl,
    processId,
    () => ({
      snapshotXid: follower.appliedXid,
      unusableVersions: snapshot.unusableVersions(),
      inFlight: relay.inFlight.ofRefusingAgents(),
    }),
    log,
  );
  const tokenAgent = createOutboundAgent(dialer);
  const accessTokens = new AccessTokens(tokenAgent, (credentialVersionId, { message }) =>
    log.warn({ credentialVersionId, reason: message }, 'an access token could not be fetched'),
  );
  const { promise: firstReading, resolve: readOnce } = Promise.withResolvers<void>();
  const follower = new SnapshotFollower(databaseUrl, { vault, snapshot, accessTokens, log }, () => {
    readOnce();
    heartbeat.beat();
  });

  let isStopping = false;
  const server = createRelayServer(relay, {
    ready: () => !isStopping && !snapshot.isExpired(Date.now()),
    metrics: () =>
      relay.metrics.render({
        agentgateway_relay_calls_in_flight: relay.inFlight.size,
        agentgateway_relay_breakers: breakers.counts().all,
        agentgateway_relay_breakers_not_closed: breakers.counts().notClosed,
        agentgateway_relay_limit_windows: relay.limiter.size,
        ...(redis && { agentgateway_relay_redis_answering: Number(redis.isAnswering) }),
        agentgateway_relay_snapshot_age_seconds: snapshot.ageSeconds(Date.now()),
        agentgateway_relay_log_rows_dropped: requestLog.droppedRows,
        agentgateway_relay_log_rows_spooled: requestLog.spooledRows,
      }),
  });
  // Upgraded connections are no longer the server's, but it waits for them: also for those that wait for a token themselves.
  const upgraded = new Set<Socket>();
  server.on('upgrade', (_, socket: Socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
  });
  const stopParts = async () => {
    relay.inFlight.stop();
    await relay.upstreams.destroy();
    await tokenAgent.destroy();
    const stopFollowing = async () => {
      await follower.stop();
      await vault.close();
      await heartbeat.stop();
    };
    // Together: where Postgres does not answer, none of them keeps another from what it can still do.
    await Promise.all([requestLog.close(), stopFollowing(), stopBreakers(), evidence.stop()]);
    relay.limiter.stop();
    redis?.stop();
  };
  await redis?.start();
  follower.start();
  heartbeat.start();
  evidence.start();
  try {
    // Several processes share the port; the kernel deals the connections out (SO_REUSEPORT).
    const place = { port: config.RELAY_PORT, reusePort: config.RELAY_PROCESSES > 1 };
    const port = await listen(server, place, 'RELAY_PORT');
    log.info({ port }, 'listening');
    // A word of this process: where several share the port, any of them may answer at it.
    void firstReading.then(() => log.info('ready'));
    return {
      port,
      async stop() {
        isStopping = true;
        const isOver = pause(STOP_MS, undefined, { ref: false });
        await closeServer(server, upgraded, relay.inFlight);
        // Rows come to disk first, and the next relay writes them: what Postgres leaves unanswered loses none.
        await Promise.race([stopParts(), isOver]);
        log.info('stopped');
      },
    };
  } catch (error) {
    await stopParts();
    throw error;
  }
}

/** Ends connections as their calls end, and all that is left when the time is over. */
async function closeServer(server: Server, upgraded: ReadonlySet<Socket>, inFlight: InFlight): Promise<void> {
  // Callers whose answers are still to begin are told to leave, or their next call would come as the connection ends.
  for (const exchange of inFlight) exchange.response.shouldKeepAlive = false;
  for (const event of ['request', 'checkContinue']) {
    server.prependListener(event, (_, response: ServerResponse) => {
      response.shouldKeepAlive = false;
    });
  }
  await pause(LEAVE_MS);
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const cut = setTimeout(() => {
    for (const socket of upgraded) socket.destroy();
    server.closeAllConnections();
  }, CALLS_MS);
  server.close();
  await once(server, 'close');
  clearInterval(idle);
  clearTimeout(cut);
  // The server counts a connection as closed a turn before its call hears of it and is recorded.
  for (let turn = 0; turn < 2 || (inFlight.size > 0 && turn < MOST_TURNS); turn += 1) await nextTurn();
}
