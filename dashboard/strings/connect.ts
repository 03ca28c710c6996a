export const connectStrings = {
  title: 'Connect to Claude',
  text: 'Claude then manages this organization in conversation: it lists agents, rotates credentials, reads logs, answers mail. It acts with your role, within what you allow on the consent page, and never sees a secret.',
  notPublic:
    'This address is on your own machine. Claude Code on this machine reaches it; Claude.ai, Claude Desktop and other machines need a public https address (AGENTGATEWAY_PUBLIC_URL).',
  clients: 'Client',
  claude: {
    name: 'Claude.ai and Desktop',
    steps: [
      'In Claude, open Settings → Connectors.',
      'Scroll to the bottom and click Add custom connector.',
      'Enter the name and the URL:',
      'Click Add, then Connect. A tab opens with the consent page of AgentGateway.',
      'Sign in if asked, check the organization and what Claude may do, and click Allow Access.',
    ],
    connector: 'AgentGateway',
    plan: 'Custom connectors need Claude Pro, Max, Team or Enterprise.',
  },
  code: {
    name: 'Claude Code',
    steps: [
      'In a terminal, add the server:',
      'Start Claude Code, type /mcp, choose agentgateway and Authenticate. The browser opens the consent page.',
      'Check the organization and what Claude may do, and click Allow Access. Return to the terminal.',
    ],
    orFile: 'Or share it with everybody who works on a project, in its .mcp.json:',
  },
  other: {
    name: 'Another client',
    steps: [
      'Add a remote MCP server (streamable HTTP) with this address:',
      'The client finds the authorization server by itself, registers and opens the consent page.',
      'Click Allow Access.',
    ],
  },
  copyName: 'Name',
  copyUrl: 'URL',
  copyCommand: 'Command',
  copyFile: '.mcp.json',
  check: {
    title: 'Live check',
    waiting: 'Waiting for a client to connect…',
    waitingText: 'Leave this page open while you follow the steps. It tells as soon as you allowed access.',
    connected: (name: string) => `${name} is connected.`,
    notUsed: 'It has not called yet. Ask it something, such as:',
    used: 'It made its first call. All is well.',
    already: 'Connected already',
    lastUsed: 'last used',
  },
  prompts: {
    title: 'Then ask Claude',
    items: [
      'List all my agent relays and show me which ones have the lowest health scores.',
      "Create a new agent called 'stripe-relay' that proxies to api.stripe.com with a 300 RPM rate limit.",
      'Show me all audit events from the last 24 hours where the status was 5xx.',
    ],
  },
  help: {
    title: 'If it does not work',
    items: [
      [
        '“Couldn’t reach the MCP server”',
        'The URL must be exactly the address above: https, without a slash at its end. A firewall may keep Claude’s servers out.',
      ],
      [
        '“Authorization failed”',
        'On the consent page, check the organization in the switcher. Remove the connector in Claude and add it again to start afresh.',
      ],
      [
        'A tool is missing or refused',
        'Your role and what you allowed decide: operators only read. Connecting again asks for consent anew.',
      ],
    ],
  },
} as const;
