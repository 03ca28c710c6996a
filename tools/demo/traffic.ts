import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';

/** Which calls the demo makes, the more often the higher the weight. `stripe-relay` exists once somebody makes it. */
const CALLS = [
  { weight: 5, method: 'GET', path: 'hubspot-relay/crm/v3/objects/contacts?limit=10' },
  { weight: 3, method: 'POST', path: 'openai-relay/v1/chat/completions', body: '{"model":"gpt-demo","messages":[]}' },
  { weight: 2, method: 'GET', path: 'github-relay/repos/acme/shop/issues' },
  { weight: 1, method: 'POST', path: 'slack-relay/chat.postMessage', body: '{"channel":"ops","text":"deployed"}' },
  { weight: 4, method: 'GET', path: 'stripe-relay/v1/charges?limit=3' },
];
const PAUSE_MS = 400;

const config = loadConfig(process.env);
const log = createLogger('traffic');

/** The key, once the demo is filled. */
async function agentKey(): Promise<string> {
  for (;;) {
    const text = await readFile(join(config.AGENTGATEWAY_DATA_DIR, 'demo.json'), 'utf8').catch(() => '{}');
    const { agent_key: key } = JSON.parse(text) as { agent_key?: string };
    if (key !== undefined) return key;
    await sleep(500);
  }
}

function pick(): (typeof CALLS)[number] | undefined {
  let ticket = Math.random() * CALLS.reduce((sum, { weight }) => sum + weight, 0);
  return CALLS.find(({ weight }) => {
    ticket -= weight;
    return ticket < 0;
  });
}

process.once('SIGTERM', () => process.exit(0));
log.info('ready');
const authorization = `Bearer ${await agentKey()}`;
for (;;) {
  const call = pick();
  if (call !== undefined) {
    const { method, path, body } = call;
    await fetch(`${config.relayUrl}/${path}`, {
      method,
      headers: { authorization },
      ...(body !== undefined && { body }),
    })
      .then((answer) => answer.arrayBuffer())
      .catch(() => log.debug('the relay is away'));
  }
  await sleep(PAUSE_MS * (0.5 + Math.random()));
}
