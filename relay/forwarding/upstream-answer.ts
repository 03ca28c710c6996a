import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { failureCode } from '../../core/outbound/failure-words.ts';
import { usageReaderFor } from '../cost/spend.ts';
import type { Exchange } from '../exchange.ts';
import { fieldValue, readResponseHeaders } from '../headers/response-headers.ts';
import { readTrailers } from '../headers/trailers.ts';
import type { RelayContext } from '../pipeline.ts';
import type { Route } from '../snapshot/snapshot.ts';
import { authorizeAnew } from '../steps/authorize-upstream.ts';
import { upstreamTarget } from '../target-path.ts';
import { RequestBody } from './request-body.ts';
import { backOffMs, invitedRetryMs, isPassingFailure, takeRetry } from './retries.ts';
import { refuse } from './settle.ts';
import { openTunnel } from './tunnel.ts';
import { upstreamFailure } from './upstream-failure.ts';

/** Sends a call and streams the upstream's answer to the caller as it comes, with back-pressure. */
export class UpstreamAnswer implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #relay: RelayContext;
  readonly #route: Route;
  #body: RequestBody | null = null;
  /** The upstream's answer is thrown away, and the call sent anew after so long. */
  #returnAfterMs: number | null = null;
  /** The upstream's answer is thrown away, and the call repeated with the old version of a credential. */
  #isRefused = false;
  /** The answer's headers are written but not sent: what follows at once may go with them. */
  #isHeadWaiting = false;

  constructor(exchange: Exchange, relay: RelayContext, route: Route) {
    this.#exchange = exchange;
    this.#relay = relay;
    this.#route = route;
  }

  /** Sends the call: the first time, and again after each failure that allows it. */
  send(): void {
    const exchange = this.#exchange;
    // A signed call's target is the one that was signed.
    if (exchange.target === '') {
      exchange.target = upstreamTarget(this.#route.upstream.basePath + exchange.path || '/', exchange.query);
    }
    exchange.phase = 'connecting';
    exchange.lastActivityAt = Date.now();
    exchange.trial?.sent();
    this.#body = exchange.hasBody && exchange.heldBody === null ? new RequestBody(exchange) : null;
    this.#relay.upstreams.get(this.#route.connectTimeoutMs).dispatch(
      {
        origin: this.#route.upstream.origin,
        path: exchange.target,
        method: exchange.request.method ?? 'GET',
        headers: exchange.headers,
        body: exchange.heldBody ?? this.#body,
        upgrade: exchange.upgradeHead === null ? null : 'websocket',
        // Deadlines are kept by the relay itself: see in-flight.ts.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const exchange = this.#exchange;
    if (exchange.settled) {
      controller.abort(new Error('the call ended before it was sent'));
      return;
    }
    exchange.controller = controller;
    exchange.phase = 'sending';
    exchange.dispatchedAt = Date.now();
    exchange.lastActivityAt = exchange.dispatchedAt;
  }

  onRequestSent(): void {
    this.#exchange.phase = 'waiting';
    this.#exchange.lastActivityAt = Date.now();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const exchange = this.#exchange;
    // 1xx of the upstream end at this hop; the final answer follows.
    if (exchange.settled || status < 200) return;
    const headers = readResponseHeaders(controller.rawHeaders, exchange);
    const now = Date.now();
    const invitedMs = invitedRetryMs(status, headers);
    if (invitedMs !== null && takeRetry(exchange, this.#isBodyWhole, now)) {
      this.#returnAfterMs = invitedMs + backOffMs(exchange.retryCount);
      controller.abort(new Error('the upstream asked to be called again'));
      return;
    }
    const live = (exchange.trial?.set ?? this.#route).liveInjection;
    if (status === 401 && live?.place === 'access token') live.source.refused(now);
    if (exchange.trial?.answered(status)) {
      this.#isRefused = true;
      controller.abort(new Error('the upstream refused a new version'));
      return;
    }
    this.#relay.breakers.judgeAnswer(exchange, status);
    exchange.endless = fieldValue(headers, 'content-type')?.startsWith('text/event-stream') ?? false;
    exchange.phase = 'streaming';
    exchange.usageReader = usageReaderFor(this.#route.price, headers);
    exchange.answeredAt = now;
    exchange.lastActivityAt = now;
    exchange.response.writeHead(status, headers);
    // Headers leave at once, together with what the upstream sent in the same breath.
    this.#isHeadWaiting = true;
    flushSoon(this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const exchange = this.#exchange;
    exchange.bytesOut += chunk.length;
    exchange.usageReader?.read(chunk);
    exchange.lastActivityAt = Date.now();
    this.#isHeadWaiting = false;
    if (exchange.response.write(chunk)) return;
    controller.pause();
    exchange.response.once('drain', () => {
      exchange.lastActivityAt = Date.now();
      controller.resume();
    });
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    const { response } = this.#exchange;
    this.#exchange.settled = true;
    this.#isHeadWaiting = false;
    const fields = readTrailers(trailers);
    if (fields.length > 0) response.addTrailers(fields);
    response.end();
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _: unknown, socket: Duplex): void {
    const exchange = this.#exchange;
    if (exchange.settled) {
      socket.destroy();
      return;
    }
    this.#relay.breakers.judgeAnswer(exchange, status);
    exchange.trial?.answered(status);
    openTunnel(exchange, this.#relay, status, readResponseHeaders(controller.rawHeaders, exchange), socket);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const exchange = this.#exchange;
    if (exchange.settled) return;
    if (this.#isRefused) {
      this.#repeat();
    } else if (this.#returnAfterMs !== null) {
      this.#sendAfter(this.#returnAfterMs);
    } else if (
      exchange.answeredAt === 0 &&
      isPassingFailure(failureCode(error)) &&
      takeRetry(exchange, this.#isBodyWhole, Date.now())
    ) {
      this.#sendAfter(backOffMs(exchange.retryCount));
    } else {
      refuse(exchange, this.#relay, upstreamFailure(error));
    }
  }

  get #isBodyWhole(): boolean {
    return this.#body === null || this.#body.isWhole;
  }

  /** Sends the call with the old versions; this is no retry and counts against no budget. */
  async #repeat(): Promise<void> {
    const exchange = this.#exchange;
    const { trial } = exchange;
    if (trial === null) return;
    this.#isRefused = false;
    exchange.controller = null;
    exchange.retryCount += 1;
    const refusal = await authorizeAnew(exchange, this.#relay, trial);
    if (exchange.settled) return;
    if (refusal === null) this.send();
    else refuse(exchange, this.#relay, refusal);
  }

  flushHead(): void {
    if (this.#isHeadWaiting) this.#exchange.response.flushHeaders();
    this.#isHeadWaiting = false;
  }

  #sendAfter(waitMs: number): void {
    const exchange = this.#exchange;
    this.#returnAfterMs = null;
    exchange.controller = null;
    exchange.phase = 'connecting';
    // The wait is ours: no deadline of the upstream's runs meanwhile.
    exchange.lastActivityAt = Date.now() + waitMs;
    setTimeout(() => {
      if (!exchange.settled) this.send();
    }, waitMs);
  }
}

/** Answers whose headers wait for what comes with them; one look after this turn's reading of sockets serves all. */
let waitingHeads: UpstreamAnswer[] = [];

function flushSoon(answer: UpstreamAnswer): void {
  if (waitingHeads.push(answer) === 1) setImmediate(flushHeads);
}

function flushHeads(): void {
  const waiting = waitingHeads;
  waitingHeads = [];
  for (const answer of waiting) answer.flushHead();
}
