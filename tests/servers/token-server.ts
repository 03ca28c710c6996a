import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * An OAuth server with one grant, whose refresh tokens serve once: a used one that is shown again ends the grant
 * (RFC 9700 §4.14.2). It tells a mail server whose an access token is.
 */
export async function startTokenServer(email: string) {
  const state = { refreshToken: `refresh-${randomUUID()}`, issued: [] as string[], isRevoked: false };
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (pathname === '/token-info') {
      const isKnown = state.issued.includes(searchParams.get('access_token') ?? '');
      return isKnown ? answer(200, { email }) : answer(401, { error: 'invalid_token' });
    }
    const form = new URLSearchParams(await text(request));
    state.isRevoked ||= form.get('refresh_token') !== state.refreshToken;
    if (state.isRevoked) return answer(400, { error: 'invalid_grant' });
    state.refreshToken = `refresh-${randomUUID()}`;
    state.issued.push(`access-${randomUUID()}`);
    answer(200, {
      access_token: state.issued.at(-1),
      token_type: 'Bearer',
      expires_in: 3_600,
      refresh_token: state.refreshToken,
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    state,
    tokenUrl: `${url}/token`,
    tokenInfoUrl: `${url}/token-info?access_token=`,
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type TokenServer = Awaited<ReturnType<typeof startTokenServer>>;
