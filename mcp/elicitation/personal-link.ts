import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server';
import type { Round } from './round.ts';

/** The members of answers that hold a page which one person opens once, and what that page is for. */
const PURPOSES: Record<string, string> = {
  entry_url: 'Enter the secret value on AgentGateway. The link opens once.',
  reveal_url: 'AgentGateway shows you the new agent key, once.',
};

interface PersonalLink {
  url: string;
  message: string;
}

/** The link that an answer holds for the person, if any. */
export function personalLinkIn(answer: unknown): PersonalLink | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  for (const [name, value] of Object.entries(answer)) {
    const message = PURPOSES[name];
    if (message !== undefined && typeof value === 'string') return { url: value, message };
    const inside = personalLinkIn(value);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** Has the client offer the link to its person, past the model. The answer waits meanwhile. */
export async function offerLink(
  { url, message }: PersonalLink,
  round: Round & { asked: 'open' },
  mint: (round: Round) => Promise<string>,
): Promise<InputRequiredResult> {
  return inputRequired({
    inputRequests: { open: inputRequired.elicitUrl({ url, message }) },
    requestState: await mint(round),
  });
}
