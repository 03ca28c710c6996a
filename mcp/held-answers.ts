import type { ServerResponse } from 'node:http';

/** Stands for an answer in a tool's result: as JSON it is that answer. */
export type HoldAnswer = (answer: unknown) => Record<string, unknown>;

/**
 * Lets go of answers once the response is over. The objects that the protocol's package leaves behind at each call stay with
 * V8 until its next full collection, and with them the result that they were shown (docs/mcp-speed.md).
 */
export function holdUntilSent(response: ServerResponse): HoldAnswer {
  const held: { answer: unknown }[] = [];
  response.once('close', () => {
    for (const one of held) one.answer = undefined;
  });
  return (answer) => {
    const one = { answer };
    held.push(one);
    return { toJSON: () => one.answer };
  };
}
