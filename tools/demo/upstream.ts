import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { pretendedApi, pretendedLatency } from './pretended-apis.ts';

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const api = pretendedApi(request.headers.host ?? '');
  await sleep(pretendedLatency(api.medianMs, Math.random));
  const failed = Math.random() < api.failureRate;
  const body = failed
    ? { error: { message: 'The demo upstream fails now and then.' } }
    : api.answer(request.url ?? '/');
  response.writeHead(failed ? 503 : 200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const log = createLogger('upstream', loadConfig(process.env).LOG_LEVEL);
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.DEMO_UPSTREAM_PORT), '127.0.0.1', () => log.info('ready'));
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
});
