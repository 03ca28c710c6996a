import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedPost {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a receiver does with a post that it has read. */
export type Behaviour = (response: ServerResponse) => void;

export const answers =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end('as it is');
export const resets: Behaviour = ({ socket }) => socket?.resetAndDestroy();
export const saysNothing: Behaviour = () => {};
/** Begins an answer that has no end. */
export const neverEnds: Behaviour = (response) => {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    response.once('drain', more);
  };
  more();
};

export interface WebhookReceiver {
  url: string;
  /** All that came in, the oldest first. */
  posts: ReceivedPost[];
  /** What it does next, in order; afterwards it answers 200. */
  behave: Behaviour[];
  stop(): Promise<void>;
}

/** A real HTTP server that takes webhooks in. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const posts: ReceivedPost[] = [];
  const behave: Behaviour[] = [];
  const server = createServer(async (request, response) => {
    posts.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    (behave.shift() ?? answers(200))(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    behave,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
