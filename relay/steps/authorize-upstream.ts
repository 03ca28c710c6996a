import { hash } from 'node:crypto';
import type { AccessTokenSource } from '../../core/outbound/access-token-source.ts';
import type { AwsSigner } from '../../core/outbound/aws-signer.ts';
import { accessTokenHeader, injectHeader } from '../../core/outbound/injection.ts';
import type { Exchange } from '../exchange.ts';
import { holdBody } from '../forwarding/held-body.ts';
import type { RelayContext, Step } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';
import type { Trial } from '../rotation/trial.ts';
import type { Route } from '../snapshot/snapshot.ts';
import { upstreamTarget } from '../target-path.ts';
import { injectCredentials } from './inject-credentials.ts';

/** Gives the call its own `Authorization`, where a link asks for one: an access token, or a signature over the call. */
export const authorizeUpstream: Step = (exchange, relay) => {
  const { route } = exchange;
  const live = (exchange.trial?.set ?? route)?.liveInjection ?? null;
  if (route === null || live === null) return null;
  return live.place === 'access token'
    ? addAccessToken(exchange, live.source, relay)
    : addSignature(exchange, route, live.signer, relay);
};

function addAccessToken(
  exchange: Exchange,
  source: AccessTokenSource,
  relay: RelayContext,
): Refusal | null | Promise<Refusal | null> {
  const present = source.current(Date.now());
  if (present === null) return source.fetched().then((fetched) => useToken(exchange, source, fetched, relay));
  return useToken(exchange, source, present, relay);
}

function useToken(
  exchange: Exchange,
  source: AccessTokenSource,
  value: string | null,
  relay: RelayContext,
): Refusal | null | Promise<Refusal | null> {
  if (value !== null) {
    injectHeader(exchange.headers, accessTokenHeader(value));
    return null;
  }
  if (exchange.trial?.goOnWithOld()) return authorizeAnew(exchange, relay, exchange.trial);
  return {
    code: 'credential_unavailable',
    detail:
      'No access token could be fetched with a linked credential. Check its client ID, scope and value, and that its token URL answers; then try again.',
    retryAfterSeconds: source.retryAfterSeconds(Date.now()),
  };
}

/** Puts other versions of the credentials into a call than it carried before. */
export function authorizeAnew(
  exchange: Exchange,
  relay: RelayContext,
  { plain }: Trial,
): Refusal | null | Promise<Refusal | null> {
  exchange.headers = [...plain.headers];
  exchange.query = plain.query;
  exchange.target = '';
  return injectCredentials(exchange, relay) ?? authorizeUpstream(exchange, relay);
}

function addSignature(
  exchange: Exchange,
  route: Route,
  signer: AwsSigner,
  relay: RelayContext,
): Refusal | null | Promise<Refusal | null> {
  const { request, hasBody } = exchange;
  const callersHash = request.headers['x-amz-content-sha256'];
  const payload = signer.payloadHash(String(callersHash ?? ''), hasBody, route.upstream.scheme === 'https');
  if (payload === 'refuse') return SIGNED_CHUNKS;
  if (payload !== 'hash the body') return sign(exchange, route, signer, payload);
  if (exchange.heldBody !== null) return sign(exchange, route, signer, hash('sha256', exchange.heldBody));
  return holdBody(exchange, relay).then((refusal) => {
    if (refusal !== null || exchange.heldBody === null) return refusal;
    return sign(exchange, route, signer, hash('sha256', exchange.heldBody));
  });
}

function sign(exchange: Exchange, route: Route, signer: AwsSigner, payloadHash: string): null {
  const { upstream } = route;
  const path = upstream.basePath + exchange.path || '/';
  const signed = signer.sign(
    {
      method: exchange.request.method ?? 'GET',
      host: upstream.origin.slice(upstream.scheme.length + 3),
      path,
      query: exchange.query,
      headers: exchange.headers,
    },
    payloadHash,
    new Date(),
  );
  exchange.headers = signed.headers;
  exchange.target = upstreamTarget(signed.path, signed.query);
  return null;
}

const SIGNED_CHUNKS: Refusal = {
  code: 'malformed_request',
  detail:
    'The body’s chunks are signed with a key that is not the upstream’s. Have your SDK send an unsigned body (payload signing off), or its SHA-256 in X-Amz-Content-Sha256.',
};
