import type { CallToolResult } from '@modelcontextprotocol/server';
import type { PublicError } from '../core/errors.ts';
import type { Fenced } from './fence.ts';

/** About 20,000 tokens of JSON. Lists stay under it by their cursor; this catches what does not. */
const LONGEST_ANSWER = 60_000;
/** Clients that take structured content need no text; for the others it is enough to go on with. */
const LONGEST_TEXT = 4_000;

/** An operation's answer as a tool's: all of it as structured content, the beginning as text. */
export function toolResult({ answer, notice }: Fenced): CallToolResult {
  const text = JSON.stringify(answer);
  if (text.length > LONGEST_ANSWER) {
    return toolError('The answer is too long for a tool. Ask for less: a smaller limit, a filter, or a shorter time.');
  }
  const lines = [...(notice === null ? [] : [notice]), text.length <= LONGEST_TEXT ? text : shortened(answer, text)];
  return { content: [{ type: 'text', text: lines.join('\n') }], structuredContent: answer };
}

/** Whole items of a list as far as they fit, and how to see the others. */
function shortened(answer: Record<string, unknown>, text: string): string {
  const { items, next_cursor: nextCursor } = answer;
  if (!Array.isArray(items))
    return `${text.slice(0, LONGEST_TEXT)} … The whole answer stands in the structured content.`;
  const lines: string[] = [];
  let length = 0;
  for (const item of items) {
    const line = JSON.stringify(item);
    length += line.length + 1;
    if (length > LONGEST_TEXT) break;
    lines.push(line);
  }
  lines.push(
    `${lines.length} of ${items.length} items are shown here; all stand in the structured content. A smaller limit shows each.`,
  );
  if (typeof nextCursor === 'string') lines.push(`next_cursor: ${nextCursor}`);
  return lines.join('\n');
}

/** A refusal that the model can read, and that says what to do next. */
export function toolError(detail: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: detail }] };
}

export function publicErrorResult({ code, detail, members, retryAfterSeconds }: PublicError): CallToolResult {
  const lines = [`${code}: ${detail}`];
  for (const [name, value] of Object.entries(members)) lines.push(`${name}: ${JSON.stringify(value)}`);
  if (retryAfterSeconds !== undefined) lines.push(`Try again in ${retryAfterSeconds} seconds.`);
  return toolError(lines.join('\n'));
}
