import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { DEMO_CALLS, pickCall } from './calls.ts';

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

process.once('SIGTERM', () => process.exit(0));
log.info('ready');
const authorization = `Bearer ${await agentKey()}`;
for (;;) {
  const call = pickCall(DEMO_CALLS, Math.random);
  if (call !== undefined) {
    const { agent, method, path, query = '', body } = call;
    await fetch(`${config.relayUrl}/${agent}${path}${query}`, {
      method,
      headers: { authorization },
      ...(body !== undefined && { body }),
    })
      .then((answer) => answer.arrayBuffer())
      .catch(() => log.debug('the relay is away'));
  }
  await sleep(PAUSE_MS * (0.5 + Math.random()));
}
