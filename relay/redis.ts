import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Logger } from '../core/log.ts';

/** A call waits no longer for Redis; then its process decides alone. */
export const DEADLINE_MS = 20;
/** One late answer is a hiccup; after so long without one in time Redis counts as away and nobody waits for it. */
const HICCUP_MS = 250;
const PROBE_MS = 1_000;
/** A connection on which nothing comes back for so long is given up and made anew. */
const DEAD_CONNECTION_MS = 5_000;
const FIRST_ANSWER_MS = 1_000;

/** A Lua script and its digest, by which Redis remembers it. */
export interface RedisScript {
  readonly lua: string;
  readonly digest: string;
}

/** All there are: loaded ahead, so that no call waits for a script to be sent and compiled. */
const scripts: RedisScript[] = [];

export function redisScript(lua: string): RedisScript {
  const script = { lua, digest: createHash('sha1').update(lua).digest('hex') };
  scripts.push(script);
  return script;
}

/**
 * What the relay's processes share: scripts run in Redis, by one connection. Invariant 10: it never fails a call. No
 * answer within 20 ms is told as undefined, and the asker goes on by what its own process knows.
 */
export class SharedRedis {
  readonly #redis: Redis;
  readonly #log: Logger;
  #isAnswering = false;
  #answersSince = Number.NEGATIVE_INFINITY;
  #wasAway = false;
  #isStopped = false;
  /** When the first of the late answers was due since the last one in time. */
  #lateSince: number | null = null;
  #probes: NodeJS.Timeout | undefined;

  constructor(url: string, log: Logger) {
    this.#log = log;
    this.#redis = new Redis(url, {
      connectionName: 'agentgateway-relay',
      lazyConnect: true,
      connectTimeout: 2_000,
      socketTimeout: DEAD_CONNECTION_MS,
      retryStrategy: () => PROBE_MS,
      enableOfflineQueue: false,
      // A script whose answer was lost may have run: it is never sent twice.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
    this.#redis.on('ready', () => void this.#probe());
    this.#redis.on('close', () => this.#lose('the connection is closed'));
    this.#redis.on('error', (error: Error) => this.#lose(error.message));
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** When Redis came back after it was away, as `performance.now()`; minus infinity when it never was away. */
  get answersSince(): number {
    return this.#answersSince;
  }

  /** Connects; waits for the first answer, but no longer than a second: without Redis the relay serves too. */
  async start(): Promise<void> {
    this.#probes = setInterval(() => this.#probe(), PROBE_MS);
    this.#probes.unref();
    const connecting = this.#redis.connect().then(
      () => this.#probe(),
      () => {},
    );
    await Promise.race([connecting, delay(FIRST_ANSWER_MS, undefined, { ref: false })]);
    if (!this.#isAnswering) this.#lose('no answer at the start');
  }

  /**
   * Runs a script.
   * @returns its reply, or undefined when there is none within 20 ms (it may have run all the same)
   */
  async run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (!this.#isAnswering) return undefined;
    try {
      const reply = await inTime(this.#evaluate(script, keys, args));
      if (reply === undefined) this.#noteLate();
      else this.#lateSince = null;
      return reply;
    } catch (error) {
      this.#lose((error as Error).message);
      return undefined;
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#probes);
    this.#redis.disconnect();
  }

  async #evaluate({ lua, digest }: RedisScript, keys: readonly string[], args: readonly (string | number)[]) {
    try {
      return await this.#redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return await this.#redis.eval(lua, keys.length, ...keys, ...args);
    }
  }

  /** While Redis is away: whether it answers again. Its scripts are there by then. */
  async #probe(): Promise<void> {
    if (this.#isAnswering || this.#redis.status !== 'ready') return;
    try {
      await Promise.all(scripts.map(({ lua }) => this.#redis.script('LOAD', lua)));
      if ((await inTime(this.#redis.ping())) !== undefined) this.#regain();
    } catch (error) {
      this.#lose((error as Error).message);
    }
  }

  #noteLate(): void {
    const now = performance.now();
    this.#lateSince ??= now;
    if (now - this.#lateSince > HICCUP_MS) this.#lose('its answers come too late');
  }

  #lose(reason: string): void {
    if (this.#isStopped || (this.#wasAway && !this.#isAnswering)) return;
    this.#wasAway = true;
    this.#isAnswering = false;
    this.#lateSince = null;
    this.#log.warn({ reason }, 'Redis does not answer: this process keeps limits and breakers on its own');
  }

  #regain(): void {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    if (!this.#wasAway) return;
    this.#answersSince = performance.now();
    this.#log.info('Redis answers again');
  }
}

/** The answer, or undefined when it is not there at the deadline. */
function inTime<Reply>(answer: Promise<Reply>): Promise<Reply | undefined> {
  return new Promise((resolve, reject) => {
    // One that already lies in the socket, behind a pause of this very process, is read before the deadline counts.
    const deadline = setTimeout(() => setImmediate(resolve, undefined), DEADLINE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}
