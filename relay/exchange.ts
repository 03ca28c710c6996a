import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Breaker } from './breaker/breaker.ts';
import type { UsageReader } from './cost/usage-reader.ts';
import type { RelayErrorCode } from './relay-errors.ts';
import { newRequestId } from './request-id.ts';
import type { Trial } from './rotation/trial.ts';
import type { AgentKeyEntry, Route } from './snapshot/snapshot.ts';

/**
 * What the call waits for: `connecting` to the upstream, `sending` the body, `waiting` for the answer's headers,
 * `streaming` the answer (or an upgraded connection).
 */
export type Phase = 'connecting' | 'sending' | 'waiting' | 'streaming';

/** One call on its way through the relay. Steps fill it in; nothing of it outlives the call but its log row. */
export class Exchange {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What followed the caller's upgrade request, or null for a plain call. */
  readonly upgradeHead: Buffer | null;

  agentName = '';
  /** Path after the agent's segment, as the caller wrote it: '' or begins with a slash. */
  path = '';
  /** Without the question mark. */
  query = '';
  /** Flat list for the upstream: name, value, name, value … */
  headers: string[] = [];
  presentedKey: string | null = null;
  hasBody = false;
  /** The caller waits for `100 Continue` before it sends its body (RFC 9110 §10.1.1). */
  expectsContinue = false;
  /** The whole body, where the upstream wants its hash or a rotation may repeat the call; else it streams. */
  heldBody: Buffer | null = null;
  /** What the upstream is asked for: base path, path and query. */
  target = '';
  agentKey: AgentKeyEntry | null = null;
  route: Route | null = null;
  /** The values of `RateLimit` and `RateLimit-Policy`; null where no limit was looked at. */
  rateLimitFields: readonly [string, string] | null = null;

  /** The breaker that let the call through and waits for its outcome, and the epoch in which it did. */
  breaker: Breaker | null = null;
  breakerEpoch = 0;

  /** The call's part in a rotation; null where none runs. */
  trial: Trial | null = null;

  /** Where it stands among the calls under way: see in-flight.ts. */
  inFlightPlace: number | null = null;
  phase: Phase = 'connecting';
  lastActivityAt: number;
  /** An event stream or upgraded connection is bound by the idle limit only. */
  endless = false;
  /** When the request left for the upstream, and when its headers came back; 0 before. */
  dispatchedAt = 0;
  answeredAt = 0;
  /** How often the call was sent anew after its first sending. */
  retryCount = 0;
  bytesIn = 0;
  bytesOut = 0;
  errorCode: RelayErrorCode | 'caller_closed' | null = null;
  /** The outcome is decided: what the upstream does from now on changes nothing. */
  settled = false;
  recorded = false;
  /** The row was written before the answer's end: see recordBeforeEnd. */
  logged = false;
  usageReader: UsageReader | null = null;
  controller: Dispatcher.DispatchController | null = null;
  /** The upstream's side of an upgraded connection. */
  tunnel: Duplex | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, upgradeHead: Buffer | null = null) {
    this.startedAt = Date.now();
    this.lastActivityAt = this.startedAt;
    this.id = newRequestId(this.startedAt);
    this.request = request;
    this.response = response;
    this.upgradeHead = upgradeHead;
  }
}
