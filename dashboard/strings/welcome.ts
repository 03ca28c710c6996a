export const welcomeStrings = {
  title: 'Your first call',
  text: 'An agent, its key and a call through the relay, in two minutes.',
  note: {
    title: 'Make your first call',
    text: 'Set up an agent and call an API through it. It takes two minutes.',
    button: 'Begin',
  },
  steps: { agent: 'Agent', call: 'Call', next: 'Next' },
  agent: {
    title: 'Which API do you call?',
    text: 'An agent stands for one API. Your software calls the relay instead of it, with an agent key; the relay adds limits, retries, logs and the vaulted credential.',
    name: 'Name',
    nameHint: 'Small letters, digits and hyphens.',
    upstream: 'Base URL of the API',
    upstreamHint: 'Where the relay sends the calls to.',
    example: 'Or try it with a public API:',
    examples: [
      { name: 'github-relay', upstream: 'https://api.github.com', path: '/zen' },
      { name: 'httpbin-relay', upstream: 'https://httpbin.org', path: '/get' },
    ],
    submit: 'Create agent',
  },
  call: {
    title: 'Call it',
    text: 'The agent key stands in the command. It is shown only now: keep it where your software finds it.',
    key: 'Agent key',
    command: 'Command',
    alreadyShown: 'The key was shown before. Make another one on the agent’s page.',
    waiting: 'Waiting for the first call…',
    arrived: (status: number, milliseconds: string) => `It arrived: answered with ${status} in ${milliseconds}.`,
    byRelay: (code: string) => `The relay itself answered: ${code}.`,
    unauthorized:
      'The API wants a credential. Add one to the vault and link it to the agent; your software needs none.',
    skip: 'Go on without a call',
    next: 'Next',
  },
  next: {
    title: 'What next?',
    items: {
      agent: {
        title: 'Look at the agent',
        text: 'Its traffic, limits, circuit breaker, keys and code in three languages.',
      },
      credential: {
        title: 'Vault a credential',
        text: 'The relay puts it into each call. Callers never see it, and it rotates without a failed call.',
      },
      claude: { title: 'Connect Claude', text: 'Ask in words: “Which agent is getting the most traffic this week?”' },
      alerts: { title: 'Set up an alert', text: 'Hear of it when the error rate goes above 5 %.' },
    },
  },
} as const;
