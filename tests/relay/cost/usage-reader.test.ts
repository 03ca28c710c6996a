import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageReader } from '../../../relay/cost/usage-reader.ts';

/** Reads a text cut into chunks of the given sizes, over and over. */
function usageOf(text: string, isEventStream = false, sizes: number[] = [text.length + 1]) {
  const reader = new UsageReader(isEventStream);
  const bytes = Buffer.from(text);
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    reader.read(bytes.subarray(at, at + size));
    at += size;
  }
  return reader.usage;
}

const events = (...data: unknown[]) => data.map((each) => `event: x\ndata: ${JSON.stringify(each)}\n\n`).join('');

const OPENAI_CHAT = {
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'say {"usage": {"completion_tokens": 9}}' } }],
  usage: {
    prompt_tokens: 1_000,
    completion_tokens: 50,
    total_tokens: 1_050,
    prompt_tokens_details: { cached_tokens: 400, audio_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 10 },
  },
};
const ANTHROPIC = {
  type: 'message',
  content: [{ type: 'tool_use', input: { usage: { output_tokens: 7 } } }],
  usage: { input_tokens: 100, cache_creation_input_tokens: 20, cache_read_input_tokens: 3_000, output_tokens: 8 },
};

const cases: [name: string, text: string, isEventStream: boolean, expected: object][] = [
  ['OpenAI chat', JSON.stringify(OPENAI_CHAT), false, { input: 600, cachedInput: 400, output: 50 }],
  ['the same, pretty', JSON.stringify(OPENAI_CHAT, null, 2), false, { input: 600, cachedInput: 400, output: 50 }],
  [
    'OpenAI responses',
    JSON.stringify({
      metadata: { usage: { input_tokens: 1 } },
      usage: { input_tokens: 36, input_tokens_details: { cached_tokens: 6 }, output_tokens: 87 },
    }),
    false,
    { input: 30, cachedInput: 6, output: 87 },
  ],
  [
    'OpenAI chat, stream',
    `${events({ choices: [{ delta: { content: 'usage' } }], usage: null }, { choices: [], usage: OPENAI_CHAT.usage })}data: [DONE]\n\n`,
    true,
    { input: 600, cachedInput: 400, output: 50 },
  ],
  [
    'OpenAI responses, stream',
    events(
      { type: 'response.created', response: { usage: null } },
      { type: 'response.completed', response: { usage: { input_tokens: 5, output_tokens: 6 } } },
    ),
    true,
    { input: 5, cachedInput: 0, output: 6 },
  ],
  ['Anthropic', JSON.stringify(ANTHROPIC), false, { input: 120, cachedInput: 3_000, output: 8 }],
  [
    'Anthropic, stream, lines ended by CR LF',
    events(
      { type: 'message_start', message: { usage: { ...ANTHROPIC.usage, output_tokens: 1 } } },
      { type: 'content_block_delta', delta: { text: '\n"usage": {"output_tokens": 999}' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } },
    ).replaceAll('\n', '\r\n'),
    true,
    { input: 120, cachedInput: 3_000, output: 15 },
  ],
];

describe('usage is read as the answer passes, however it is cut', () => {
  test.each(cases)('%s', (_, text, isEventStream, expected) => {
    expect(usageOf(text, isEventStream)).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(usageOf(text, isEventStream, sizes)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

test.each([
  ['no usage', '{"choices": []}'],
  ['null', '{"usage": null}'],
  ['text for numbers', '{"usage": {"prompt_tokens": "12", "completion_tokens": "x"}}'],
  [
    'negative, fractional and huge numbers',
    '{"usage": {"prompt_tokens": -1, "input_tokens": 1.5, "output_tokens": 1e9}}',
  ],
  ['more digits than a count has', '{"usage": {"output_tokens": 12345678901234567890}}'],
  ['an array of them', '[{"usage": {"prompt_tokens": 12}}]'],
  ['usage elsewhere', '{"choices": [{"usage": {"prompt_tokens": 1}}], "data": {"usage": {"output_tokens": 1}}}'],
  ['cut off', '{"usage": {"prompt_tokens": 1'],
  ['no JSON', '<html>"usage": {"prompt_tokens": 1}</html>'],
])('what is no usage is none: %s', (_, text) => {
  expect(usageOf(text)).toBeNull();
});

test('whatever bytes come, nothing is thrown', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json({ maxDepth: 12 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, fc.boolean(), (piece, isEventStream) => {
      const reader = new UsageReader(isEventStream);
      reader.read(piece);
      expect(() => reader.usage).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
});
