import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AuthorizingProxy {
  /** The MCP server's address as the suite is to call it. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Passes everything on as it came, with an access token added: the suites cannot authorise themselves. Host and Origin
 * stay, since they are among what is checked.
 * @param mcpUrl of the server
 */
export async function startAuthorizingProxy(mcpUrl: string, accessToken: string): Promise<AuthorizingProxy> {
  const { hostname, port, pathname } = new URL(mcpUrl);
  const proxy = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${accessToken}` };
    const outgoing = request({ hostname, port, path: incoming.url, method: incoming.method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      // A stream's headers tell the client that it is open, before there is anything on it.
      answer.flushHeaders();
      response.pipe(answer).on('error', () => response.destroy());
      response.on('error', () => answer.destroy());
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}${pathname}`,
    async stop() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
