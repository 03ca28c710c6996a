import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Config } from '../core/config.ts';
import { openControlPlane } from '../core/control-plane.ts';
import { listen } from '../core/listen.ts';
import type { Logger } from '../core/log.ts';
import { operations } from '../core/operations/index.ts';
import type { Dialer, Resolve } from '../core/outbound/dialer.ts';
import { ensureSetupLink } from '../core/services/setup.ts';
import { createMcpRouter } from '../mcp/router.ts';
import { createApp } from './app.ts';
import { createEventsRouter } from './events/router.ts';

/** How long answers under way may take after the order to stop; the supervisor waits 10 s. */
const STOP_MS = 5_000;

export interface RunningApp {
  port: number;
  /** Takes no new requests, lets those under way end (5 s at most). */
  stop(): Promise<void>;
}

/** Starts the app: API, MCP, OAuth and pages. `resolve` and `dialer` are the demo's. */
export async function startApp(options: {
  config: Config;
  log: Logger;
  resolve?: Resolve;
  dialer?: Dialer;
}): Promise<RunningApp> {
  const { config, log, ...outbound } = options;
  const { dependencies, close } = await openControlPlane(config, log, outbound);
  const setupUrl = await ensureSetupLink(dependencies);
  const events = createEventsRouter(dependencies);
  const app = await createApp(dependencies, createMcpRouter(dependencies, operations), events);
  const server = createServer(app);
  server.requestTimeout = 60_000;
  const port = await listen(server, { port: config.PORT }, 'PORT');
  log.info({ port }, 'listening');
  // The supervisor takes the link from here and shows it once; it reaches no log file. Elsewhere this line is all there
  // is of it, so it is told at every LOG_LEVEL.
  if (setupUrl !== null) log.child({}, { level: 'info' }).info({ setup_url: setupUrl }, 'setup_link');
  return {
    port,
    async stop() {
      const cut = setTimeout(() => server.closeAllConnections(), STOP_MS);
      // Asked for before anything is waited for: the last connection may be gone by then.
      const closed = once(server, 'close');
      server.close();
      await events.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
      await close();
      log.info('stopped');
    },
  };
}
