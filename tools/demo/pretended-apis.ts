/** How one of the pretended APIs answers: how fast, how often it fails, and with what. */
export interface PretendedApi {
  medianMs: number;
  failureRate: number;
  answer: (path: string) => unknown;
}

/** So rarely that a good one is well in the quietest hour of a weekend's night too, in which few calls make a share. */
const SELDOM = 0.003;

const APIS: Record<string, PretendedApi> = {
  'api.hubapi.com': {
    medianMs: 60,
    failureRate: SELDOM,
    answer: () => ({ results: [{ id: '51', properties: { email: 'maria@example.test', lifecyclestage: 'lead' } }] }),
  },
  'api.openai.com': {
    medianMs: 350,
    failureRate: SELDOM,
    answer: () => ({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello from the demo.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 412, completion_tokens: 96, total_tokens: 508 },
    }),
  },
  'api.stripe.com': {
    medianMs: 90,
    failureRate: SELDOM,
    answer: (path) => ({ object: 'list', url: path, has_more: false, data: [{ id: 'ch_demo', amount: 1200 }] }),
  },
  // The one that is unwell: its agent's health is below 80.
  'slack.com': { medianMs: 120, failureRate: 0.2, answer: () => ({ ok: true, channel: 'ops' }) },
};

const OTHERS: PretendedApi = { medianMs: 80, failureRate: SELDOM, answer: (path) => ({ ok: true, path }) };

export function pretendedApi(host: string): PretendedApi {
  return APIS[host] ?? OTHERS;
}

/**
 * Latencies scatter around the median as real ones do: mostly near it, with a long tail.
 * @param random numbers in [0, 1)
 * @returns milliseconds
 */
export function pretendedLatency(medianMs: number, random: () => number): number {
  return medianMs * Math.exp(0.5 * (random() + random() + random() - 1.5) * 2);
}
