import { type GetPromptResult, type Prompt, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

/** What a person can start with one choice; clients show these as commands. */
interface Starter {
  prompt: Prompt;
  /** What the person says by choosing it. */
  text(given: Record<string, string>): string;
}

const AGENT = { name: 'agent', description: 'Its name or ID', required: true };

const STARTERS: readonly Starter[] = [
  {
    prompt: {
      name: 'failed_calls',
      title: 'Look into failed calls',
      description: 'Which calls of an agent failed in the last 24 hours, and why.',
      arguments: [AGENT],
    },
    text: ({ agent }) =>
      `Which calls of my agent "${agent}" failed in the last 24 hours? Group them by status and error, and tell me the likely cause of each group.`,
  },
  {
    prompt: {
      name: 'tidy_up',
      title: 'Find what nobody uses',
      description: 'Agents without calls for 30 days, and credentials linked to no agent.',
    },
    text: () =>
      'Which of my agents carried no call for 30 days, and which credentials are linked to no agent? List them; change nothing.',
  },
  {
    prompt: {
      name: 'rotation_plan',
      title: 'Plan rotations',
      description: 'Credentials that expire soon or were never rotated, in the order in which to rotate them.',
    },
    text: () =>
      'Which of my credentials expire soon, are due for rotation or were never rotated? Propose an order and say what each rotation would do; start none.',
  },
];

export const PROMPTS: readonly Prompt[] = STARTERS.map(({ prompt }) => prompt);

/** @throws ProtocolError for a prompt that there is none of, or without an argument that it needs */
export function getPrompt(name: string, given: Record<string, string> = {}): GetPromptResult {
  const starter = STARTERS.find(({ prompt }) => prompt.name === name);
  if (starter === undefined) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no prompt "${name}". See prompts/list.`);
  }
  const missing = starter.prompt.arguments?.find((argument) => argument.required && !given[argument.name]);
  if (missing !== undefined) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `The prompt "${name}" needs "${missing.name}".`);
  }
  const { description = '' } = starter.prompt;
  return { description, messages: [{ role: 'user', content: { type: 'text', text: starter.text(given) } }] };
}
