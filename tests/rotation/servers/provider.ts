import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type CountedFault, NO_FAULTS, type ProviderFaults, type ProviderKey, ProviderKeys } from './provider-keys.ts';

const PAGE = 3;

interface Call {
  method: string | undefined;
  url: URL;
  authorization: string;
  bearer: string | undefined;
  body: string;
}

/** `cut`: the connection ends. `hang`: it stays open without a word. */
type Reply = { status: number; body: unknown } | 'cut' | 'hang';

/**
 * An API provider that enforces its keys, for tests of rotations:
 * - `POST /keys {name}`, `GET /keys`, `DELETE /keys/{id}` with the admin secret, or with any key that works;
 * - `GET /whoami` tells whether a key works;
 * - `POST /oauth/token`: a key is a client's secret, and its access tokens work for the live API while it does;
 * - everything else is the live API.
 */
export class ProviderServer {
  readonly keys = new ProviderKeys();
  readonly adminSecret = `admin_${randomBytes(12).toString('base64url')}`;
  /** Set its members to make it misbehave. */
  readonly faults: ProviderFaults = { ...NO_FAULTS };
  readonly #accessTokens = new Map<string, ProviderKey>();
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** As an entry of `allowed_hosts`; the guard's allow list takes `127.0.0.1:<port>`. */
  get allowedHost(): string {
    return this.url;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (this.faults.slowMs > 0) await wait(this.faults.slowMs);
    const { method, headers } = request;
    const authorization = headers.authorization ?? '';
    const reply = this.#reply({
      method,
      url: new URL(request.url ?? '/', this.url),
      authorization,
      bearer: /^Bearer (.+)$/i.exec(authorization)?.[1],
      body: Buffer.concat(chunks).toString('utf8'),
    });
    if (reply === 'cut') response.destroy();
    if (typeof reply === 'string') return;
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
  }

  #reply(call: Call): Reply {
    const target = `${call.method} ${call.url.pathname}`;
    if (target === 'GET /whoami') return this.#whoami(call);
    if (target === 'POST /oauth/token') return this.#giveAccessToken(call);
    if (!/^\/keys(\/|$)/.test(call.url.pathname)) return this.#live(call);
    const isAdmin = call.bearer === this.adminSecret || this.keys.works(this.keys.withValue(call.bearer));
    // As many providers do, it quotes what it was sent: none of it may reach an error message of ours.
    if (!isAdmin) return { status: 401, body: { error: `no admin: ${call.bearer}` } };
    if (target === 'POST /keys') return this.#mint(call);
    return target === 'GET /keys' ? this.#list(call) : this.#revoke(call);
  }

  #mint(call: Call): Reply {
    const { name } = JSON.parse(call.body) as { name: string };
    if (this.#takes('refuseMint')) return { status: 503, body: { error: 'try later' } };
    if (this.#takes('mintLate')) {
      setTimeout(() => this.keys.make(name), this.faults.lateMs).unref();
      return 'hang';
    }
    const key = this.keys.make(name);
    if (this.faults.refuseLive) this.keys.refusedLive.add(key.value);
    if (this.faults.settleMs > 0) this.keys.settledAt.set(key.id, Date.now() + this.faults.settleMs);
    if (this.#takes('hangAfterMinting')) return 'hang';
    if (this.#takes('dropAfterMinting')) return 'cut';
    if (this.#takes('mintUnreadable')) return { status: 201, body: { id: key.id } };
    const value = this.#takes('mintBroken') ? `${key.value}x` : key.value;
    return { status: 201, body: { id: key.id, key: { value, name } } };
  }

  /** Three a page, the newest last. */
  #list(call: Call): Reply {
    const after = call.url.searchParams.get('after');
    const { active } = this.keys;
    const from = after === null ? 0 : active.findIndex(({ id }) => id === after) + 1;
    const data = active.slice(from, from + PAGE).map(({ id, name }) => ({ id, name }));
    return { status: 200, body: { data, last_id: data.at(-1)?.id ?? null, has_more: from + PAGE < active.length } };
  }

  #revoke(call: Call): Reply {
    if (this.#takes('failRevoke')) return { status: 500, body: { error: 'internal' } };
    const id = decodeURIComponent(call.url.pathname.slice('/keys/'.length));
    const key = this.keys.active.find((candidate) => candidate.id === id);
    if (call.method !== 'DELETE' || key === undefined) return { status: 404, body: { error: 'no such key' } };
    key.active = false;
    return { status: 200, body: { id, deleted: true } };
  }

  #whoami(call: Call): Reply {
    const key = this.keys.withValue(call.bearer);
    if (!this.keys.works(key)) return { status: 401, body: { error: `unknown key ${call.bearer}` } };
    key.verifyUses += 1;
    return { status: 200, body: { id: key.id } };
  }

  #giveAccessToken(call: Call): Reply {
    const basic = /^Basic (.+)$/i.exec(call.authorization)?.[1] ?? '';
    const [, inHeader = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    const secret = new URLSearchParams(call.body).get('client_secret') ?? decodeURIComponent(inHeader);
    const key = this.keys.withValue(secret);
    if (!this.keys.works(key)) return { status: 401, body: { error: 'invalid_client', error_description: secret } };
    key.verifyUses += 1;
    const value = `at_${randomBytes(18).toString('base64url')}`;
    this.#accessTokens.set(value, key);
    return { status: 200, body: { access_token: value, token_type: 'Bearer', expires_in: 60 } };
  }

  #live(call: Call): Reply {
    const key = this.keys.withValue(call.bearer) ?? this.#accessTokens.get(call.bearer ?? '');
    if (!this.keys.works(key) || this.keys.refusedLive.has(key.value)) {
      if (key !== undefined) key.liveRefusals += 1;
      return { status: 401, body: { error: `unknown key ${call.bearer}` } };
    }
    key.liveUses += 1;
    return {
      status: 200,
      body: { key: key.id, method: call.method, path: call.url.pathname, bytes: call.body.length },
    };
  }

  /** Uses up one of a counted fault. */
  #takes(fault: CountedFault): boolean {
    if (this.faults[fault] === 0) return false;
    this.faults[fault] -= 1;
    return true;
  }
}

/** A provider on a free port; ends with `stop`. */
export function startProvider(): Promise<ProviderServer> {
  return new ProviderServer().start();
}
