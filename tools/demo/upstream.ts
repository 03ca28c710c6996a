import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';

/** How one of the pretended APIs answers: how fast, how often it fails, and with what. */
interface PretendedApi {
  medianMs: number;
  failureRate: number;
  answer: (path: string) => unknown;
}

const APIS: Record<string, PretendedApi> = {
  'api.hubapi.com': {
    medianMs: 60,
    failureRate: 0.02,
    answer: () => ({ results: [{ id: '51', properties: { email: 'maria@example.test', lifecyclestage: 'lead' } }] }),
  },
  'api.openai.com': {
    medianMs: 350,
    failureRate: 0.01,
    answer: () => ({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello from the demo.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 412, completion_tokens: 96, total_tokens: 508 },
    }),
  },
  'api.stripe.com': {
    medianMs: 90,
    failureRate: 0.005,
    answer: (path) => ({ object: 'list', url: path, has_more: false, data: [{ id: 'ch_demo', amount: 1200 }] }),
  },
};

const OTHERS: PretendedApi = { medianMs: 80, failureRate: 0.05, answer: (path) => ({ ok: true, path }) };

/** Latencies scatter around the median as real ones do: mostly near it, with a long tail. */
function latencyMs(medianMs: number): number {
  return medianMs * Math.exp(0.5 * (Math.random() + Math.random() + Math.random() - 1.5) * 2);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const api = APIS[request.headers.host ?? ''] ?? OTHERS;
  await sleep(latencyMs(api.medianMs));
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
