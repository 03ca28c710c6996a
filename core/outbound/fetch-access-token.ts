import type { Dispatcher } from 'undici';
import { UpstreamForbiddenError } from './dialer.ts';
import { guardedFetch } from './outbound-agent.ts';

/** What an access token is asked for with; the client secret stays in memory (invariant 1). */
export interface TokenRequest {
  tokenUrl: string;
  clientId: string;
  /** null: a public client, which has none (RFC 6749 §2.1). */
  clientSecret: string | null;
  /** Left out: the client asks on its own behalf. */
  refreshToken?: string | undefined;
  scope?: string | undefined;
  audience?: string | undefined;
}

export interface AccessToken {
  value: string;
  lifetimeSeconds: number;
  /** What serves instead of the refresh token from now on (RFC 6749 §6). */
  refreshToken?: string;
}

/** No usable access token came. The message holds no secret and nothing that the token server wrote. */
export class TokenFetchError extends Error {
  override readonly name = 'TokenFetchError';
  /** The token server's answer, where one came and was no success. */
  readonly status: number | null;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000;
const LONGEST_ANSWER_BYTES = 65_536;
/** For a server that does not say (RFC 6749 §5.1 only recommends `expires_in`). */
const UNTOLD_LIFETIME_SECONDS = 300;
/** A token is asked for anew at least so often, whatever the server promises. */
const LONGEST_LIFETIME_SECONDS = 86_400;

/**
 * Fetches an access token by the client credentials grant (RFC 6749 §4.4) or with a refresh token (§6), through the
 * network guard (invariant 2) and without following redirects. A client with a secret is told by HTTP Basic, which every
 * server must take (§2.3.1); servers that refuse it get the body's form instead.
 * @throws TokenFetchError; UpstreamForbiddenError when the guard refuses
 */
export async function fetchAccessToken(agent: Dispatcher, request: TokenRequest): Promise<AccessToken> {
  const isPublic = request.clientSecret === null;
  const first = await post(agent, request, isPublic ? 'form' : 'basic');
  const isRefused = first.status === 400 || first.status === 401;
  const answer = isRefused && !isPublic ? await post(agent, request, 'form') : first;
  if (answer.status !== 200) throw new TokenFetchError(`the token server answered ${answer.status}`, answer.status);
  return readToken(answer.text);
}

async function post(
  agent: Dispatcher,
  { tokenUrl, clientId, clientSecret, refreshToken, scope, audience }: TokenRequest,
  clientIn: 'basic' | 'form',
): Promise<{ status: number; text: string }> {
  const form = new URLSearchParams(
    refreshToken === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token: refreshToken },
  );
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (clientIn === 'basic' && clientSecret !== null) {
    headers.authorization = `Basic ${Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64')}`;
  } else {
    form.set('client_id', clientId);
    if (clientSecret !== null) form.set('client_secret', clientSecret);
  }
  try {
    const response = await guardedFetch(agent)(tokenUrl, {
      method: 'POST',
      headers,
      body: form.toString(),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await readAtMost(response.body, LONGEST_ANSWER_BYTES) };
  } catch (error) {
    if (error instanceof TokenFetchError || error instanceof UpstreamForbiddenError) throw error;
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new TokenFetchError(`the token server could not be reached (${code ?? (error as Error).name})`);
  }
}

async function readAtMost(body: AsyncIterable<Uint8Array> | null, bytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body ?? []) {
    received += chunk.length;
    if (received > bytes) throw new TokenFetchError('the token server’s answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readToken(text: string): AccessToken {
  const { access_token, token_type, expires_in, refresh_token } = parseObject(text);
  // What may follow "Bearer" in a header (RFC 6750 §2.1), a little wider as servers are.
  if (typeof access_token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(access_token)) {
    throw new TokenFetchError('the token server’s answer holds no usable access token');
  }
  if (token_type !== undefined && String(token_type).toLowerCase() !== 'bearer') {
    throw new TokenFetchError('the token server gives tokens of another type than bearer');
  }
  const seconds = Number(expires_in ?? UNTOLD_LIFETIME_SECONDS);
  if (!(seconds > 0)) throw new TokenFetchError('the token server’s answer holds no usable lifetime');
  return {
    value: access_token,
    lifetimeSeconds: Math.min(seconds, LONGEST_LIFETIME_SECONDS),
    ...(isRefreshToken(refresh_token) && { refreshToken: refresh_token }),
  };
}

/** RFC 6749 §A.17. */
function isRefreshToken(told: unknown): told is string {
  return typeof told === 'string' && /^[\x20-\x7e]{1,8192}$/.test(told);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new TokenFetchError('the token server’s answer is no JSON');
  }
}

/** As `application/x-www-form-urlencoded` writes it, which RFC 6749 §2.3.1 asks for inside Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
