import { hash } from 'node:crypto';
import type { AwsSigv4Injection, ClientCredentialsInjection, Injection } from '../domain/injection.ts';
import { readAwsCredentials } from '../outbound/aws-credentials.ts';
import { AwsSigner } from '../outbound/aws-signer.ts';
import { injectQuery, isConstant, prepareInjection } from '../outbound/injection.ts';
import { UnusableSecretError } from '../outbound/unusable-secret.ts';
import type { UpstreamUrl } from '../outbound/upstream-url.ts';
import { headerRecord } from './aws-query.ts';
import { type OutboundRequest, requireHost } from './bound-request.ts';
import type { RotatorContext } from './key-provider.ts';
import { RotatorError, type Verdict } from './rotator.ts';
import { askForToken } from './token-try-out.ts';

/** A credential's probe, at the agent whose link says how the secret is sent. */
export interface ProbeTarget {
  upstream: UpstreamUrl;
  injection: Injection;
  method: string;
  /** Begins with a slash; may have a query. */
  path: string;
  /** null: 200 to 299. */
  expectStatus: number | null;
}

/**
 * The probe's request with the value in its place, or the verdict where a token server has refused the value already.
 * @throws RotatorError
 */
export async function probeRequest(
  target: ProbeTarget,
  context: RotatorContext,
  value: string,
): Promise<OutboundRequest | Verdict> {
  const { injection } = target;
  try {
    if (injection.kind === 'oauth2_client_credentials') return await withAccessToken(target, injection, context, value);
    if (injection.kind === 'aws_sigv4') return signed(target, injection, value);
    return withConstant(target, value);
  } catch (error) {
    if (!(error instanceof UnusableSecretError)) throw error;
    throw new RotatorError('permanent', `The value does not fit the agent's link: ${error.message}.`);
  }
}

async function withAccessToken(
  { upstream, method, path }: ProbeTarget,
  { token_url: tokenUrl, client_id: clientId, scope, audience }: ClientCredentialsInjection,
  { agent, credential }: RotatorContext,
  clientSecret: string,
): Promise<OutboundRequest | Verdict> {
  const url = upstream.href + path;
  for (const destination of [url, tokenUrl]) requireHost(destination, [credential]);
  const asked = await askForToken(agent, { tokenUrl, clientId, clientSecret, scope, audience });
  if ('outcome' in asked) return asked;
  return { method, url, headers: { authorization: `Bearer ${asked.token.value}` } };
}

function signed({ upstream, method, path }: ProbeTarget, injection: AwsSigv4Injection, value: string): OutboundRequest {
  const { host, origin, pathname, search } = new URL(upstream.href + path);
  const unsigned = { method, host, path: pathname, query: search.slice(1), headers: [] };
  const request = new AwsSigner(injection, readAwsCredentials(value)).sign(unsigned, hash('sha256', ''), new Date());
  const headers = headerRecord(request.headers);
  return { method, url: `${origin}${request.path}${request.query && `?${request.query}`}`, headers };
}

function withConstant({ upstream, injection, method, path }: ProbeTarget, value: string): OutboundRequest {
  const prepared = prepareInjection(injection, value, () => {
    throw new Error('This kind of injection needs no access token.');
  });
  if (!isConstant(prepared)) throw new Error(`The probe does not know the injection ${injection.kind}.`);
  const url = upstream.href + path;
  if (prepared.place === 'header') return { method, url, headers: { [prepared.lowerName]: prepared.value } };
  const [base = '', query = ''] = url.split('?', 2);
  return { method, url: `${base}?${injectQuery(query, prepared)}`, headers: {} };
}
