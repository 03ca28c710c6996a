/** A call that the demo makes, the more often the higher its weight. */
export interface DemoCall {
  weight: number;
  agent: string;
  host: string;
  method: string;
  /** Without query. */
  path: string;
  query?: string;
  body?: string;
}

/** `stripe-relay` exists once somebody makes it. */
export const DEMO_CALLS: readonly DemoCall[] = [
  {
    weight: 5,
    agent: 'hubspot-relay',
    host: 'api.hubapi.com',
    method: 'GET',
    path: '/crm/v3/objects/contacts',
    query: '?limit=10',
  },
  {
    weight: 3,
    agent: 'openai-relay',
    host: 'api.openai.com',
    method: 'POST',
    path: '/v1/chat/completions',
    body: '{"model":"gpt-demo","messages":[]}',
  },
  { weight: 2, agent: 'github-relay', host: 'api.github.com', method: 'GET', path: '/repos/acme/shop/issues' },
  {
    weight: 3,
    agent: 'slack-relay',
    host: 'slack.com',
    method: 'POST',
    path: '/chat.postMessage',
    body: '{"channel":"ops","text":"deployed"}',
  },
  { weight: 4, agent: 'stripe-relay', host: 'api.stripe.com', method: 'GET', path: '/v1/charges', query: '?limit=3' },
];

/** @param random numbers in [0, 1) */
export function pickCall(calls: readonly DemoCall[], random: () => number): DemoCall | undefined {
  let ticket = random() * calls.reduce((sum, { weight }) => sum + weight, 0);
  return calls.find(({ weight }) => {
    ticket -= weight;
    return ticket < 0;
  });
}
