import { hash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Dispatcher } from 'undici';
import { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer, type Resolve } from '../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../core/outbound/outbound-agent.ts';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import type { BreakerEvent } from '../../relay/breaker/breaker.ts';
import { Breakers } from '../../relay/breaker/breakers.ts';
import { limitsOfAgentKey } from '../../relay/limits/limit.ts';
import type { RelayContext } from '../../relay/pipeline.ts';
import type { SharedRedis } from '../../relay/redis.ts';
import { createRelayContext } from '../../relay/relay-context.ts';
import { createRelayServer } from '../../relay/server.ts';
import { type AgentRow, buildRoute, type LinkedCredential } from '../../relay/snapshot/build-route.ts';
import { Snapshot } from '../../relay/snapshot/snapshot.ts';

export const AGENT_KEY = `agk_${'k'.repeat(32)}`;
export const ORGANIZATION = randomUUID();

export interface TestUpstream {
  url: string;
  port: number;
  server: Server;
  stop(): Promise<void>;
}

/** A real HTTP server that plays the upstream. */
export async function startUpstream(listener?: RequestListener): Promise<TestUpstream> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, port, server, stop };
}

export class TestRelay {
  readonly snapshot = new Snapshot();
  readonly rows: RequestLogRow[] = [];
  readonly breakerEvents: BreakerEvent[] = [];
  readonly context: RelayContext;
  readonly #server: Server;
  readonly #tokenAgent: Dispatcher;
  readonly #accessTokens: AccessTokens;
  #onRow: () => void = () => {};
  /** What becomes of a durable row: here the disk takes it at once. */
  keep: (onKept: (isKept: boolean) => void) => void = (onKept) => onKept(true);
  port = 0;

  constructor(allowed: string[] = ['127.0.0.0/8', '::1/128'], redis: SharedRedis | null = null, resolve?: Resolve) {
    const dialer = createDialer({ guard: createAddressGuard(allowed), ...(resolve && { resolve }) });
    this.#tokenAgent = createOutboundAgent(dialer);
    this.#accessTokens = new AccessTokens(this.#tokenAgent, () => {});
    const add = (row: RequestLogRow) => {
      this.rows.push(row);
      this.#onRow();
    };
    const addDurable = (row: RequestLogRow, onKept: (isKept: boolean) => void) => {
      add(row);
      this.keep(onKept);
    };
    const note = (event: BreakerEvent) => void this.breakerEvents.push(event);
    const breakers = new Breakers({ snapshot: this.snapshot, journal: { note } });
    this.context = createRelayContext(
      this.snapshot,
      dialer,
      { add, addDurable },
      { processId: randomUUID(), redis },
      breakers,
    );
    this.#server = createRelayServer(this.context, {
      ready: () => true,
      metrics: () => this.context.metrics.render({}),
    });
    this.snapshot.confirm(Date.now());
    this.addKey(AGENT_KEY, null);
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  addKey(key: string, agentId: string | null, organizationId = ORGANIZATION, rpm: number | null = null): void {
    const id = randomUUID();
    const limits = limitsOfAgentKey(id, rpm);
    this.snapshot.setKey(hash('sha256', key, 'base64url'), { id, organizationId, agentId, limits });
  }

  addAgent(name: string, upstreamUrl: string, given: Partial<AgentRow> = {}, links: LinkedCredential[] = []): string {
    const agent = {
      id: randomUUID(),
      organizationId: ORGANIZATION,
      enabled: true,
      routing: {},
      deletedAt: null,
      rateLimitRpm: null,
      rateLimitBurst: null,
      circuitBreaker: { minimum_calls: 1_000_000 },
      breakerOverride: null,
      breakerResetAt: null,
      price: null,
    };
    const row = { ...agent, name, upstreamUrl, ...given };
    this.snapshot.setRoute(buildRoute(row, links, this.#accessTokens));
    return row.id;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has('x-agentgateway-key')) headers.set('x-agentgateway-key', AGENT_KEY);
    return fetch(this.url(path), { redirect: 'manual', ...init, headers });
  }

  /** The log row of the next call that ends, or of the last one that did. */
  async row(): Promise<RequestLogRow> {
    while (this.rows.length === 0) await new Promise<void>((resolve) => (this.#onRow = resolve));
    return this.rows.pop() as RequestLogRow;
  }

  /** A connection on which a test writes what it likes. */
  socket(): Socket {
    return connect(this.port, '127.0.0.1').on('error', () => {});
  }

  /** Sends bytes as they are and reads all that comes until the relay closes. */
  async raw(request: string): Promise<string> {
    const socket = this.socket();
    socket.write(Buffer.from(request, 'latin1'));
    return text(socket);
  }

  async stop(): Promise<void> {
    this.context.inFlight.stop();
    this.context.limiter.stop();
    await this.context.upstreams.destroy();
    await this.#tokenAgent.destroy();
    for (const exchange of this.context.inFlight) exchange.request.socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export function link(upstream: { port: number }, injection: unknown, secretValue: string | null): LinkedCredential {
  return {
    credentialId: randomUUID(),
    versionId: randomUUID(),
    allowedHosts: [`http://127.0.0.1:${upstream.port}`],
    injection,
    secretValue,
    rotation: null,
  };
}
