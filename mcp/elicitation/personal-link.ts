import { type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Config } from '../../core/config.ts';
import { personalLinks } from '../../core/operations/personal-links.ts';
import type { Round } from './round.ts';

interface PersonalLink {
  url: string;
  message: string;
}

/** The link that an answer holds for the person, if any. */
export type LinkFinder = (
  answer: Record<string, unknown>,
  config: Pick<Config, 'publicUrl'>,
) => PersonalLink | undefined;

interface LinkSchema {
  /** Where null is possible: the schema besides it comes first. */
  anyOf?: LinkSchema[];
  personalLink?: string;
  properties?: Record<string, LinkSchema>;
}

/**
 * Finds links where the schema says that there is one, and nowhere else: an answer also holds what others wrote, and
 * nobody may have us ask a person to enter a secret on a page of theirs.
 */
export function createLinkFinder(output: z.ZodObject): LinkFinder {
  const places = placesIn(z.toJSONSchema(output, { io: 'output', metadata: personalLinks }) as LinkSchema);
  return (answer, { publicUrl }) => {
    for (const { path, message } of places) {
      const url = path.reduce<unknown>((value, name) => Object(value)[name], answer);
      if (typeof url === 'string' && url.startsWith(`${publicUrl}/`)) return { url, message };
    }
    return undefined;
  };
}

function placesIn(schema: LinkSchema): { path: string[]; message: string }[] {
  const { personalLink, properties = {} } = schema.anyOf?.[0] ?? schema;
  if (personalLink !== undefined) return [{ path: [], message: personalLink }];
  return Object.entries(properties).flatMap(([name, member]) =>
    placesIn(member).map(({ path, message }) => ({ path: [name, ...path], message })),
  );
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
