import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createLogger } from '../../core/log.ts';

/**
 * Stands before Temporal's Web UI, on loopback, and leads its `/codec` calls to the app. So the UI and its codec have one
 * origin, and the browser sends the session cookie along by itself (cookies do not tell ports apart); the dashboard, on
 * another port, stays another origin. Without it every owner would have to set the UI to send credentials.
 */
const port = Number(process.env.UI_FRONT_PORT);
const uiOrigin = new URL(process.env.UI_FRONT_TARGET ?? '');
const appOrigin = new URL(process.env.UI_FRONT_APP ?? '');

function carry(request: IncomingMessage, response: ServerResponse): void {
  const target = request.url?.startsWith('/codec/') ? appOrigin : uiOrigin;
  const onward = forward(
    { host: '127.0.0.1', port: target.port, path: request.url, method: request.method, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    },
  );
  onward.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'Content-Type': 'text/plain' }).end('Not ready yet: reload in a moment.');
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

const server = createServer(carry);
server.listen(port, '127.0.0.1', () => createLogger('temporal-ui').info('ready'));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
