import { JsonNumbers } from './json-numbers.ts';

/** Tokens as an upstream counted them. */
export interface Usage {
  /** Without those from the cache. */
  input: number;
  cachedInput: number;
  output: number;
}

const COUNTS = new Set([
  'prompt_tokens',
  'input_tokens',
  'completion_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
]);

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DATA_FIELD = Buffer.from('data:');

/**
 * Reads the usage out of a language model's answer as it passes: OpenAI's (`usage` in the answer, in the last event, or in
 * `response` of one) and Anthropic's (`usage` in the answer and in `message_delta`, and in `message` of `message_start`).
 * A later count replaces an earlier one. Whatever an answer holds, nothing is thrown and no more than a name is kept.
 */
export class UsageReader {
  readonly #counts = new Map<string, number>();
  readonly #numbers = new JsonNumbers((names, value) => this.#note(names, value));
  readonly #isEventStream: boolean;
  /** How much of `data:` the present line has begun with; -1: another field's line. */
  #matched = 0;

  /** @param isEventStream `text/event-stream` (HTML standard, §9.2.5), else one JSON text */
  constructor(isEventStream: boolean) {
    this.#isEventStream = isEventStream;
  }

  read(chunk: Uint8Array): void {
    if (this.#isEventStream) this.#readLines(chunk);
    else this.#numbers.read(chunk);
  }

  /** null: the answer told none. */
  get usage(): Usage | null {
    const counts = this.#counts;
    const input = counts.get('prompt_tokens') ?? counts.get('input_tokens');
    const output = counts.get('completion_tokens') ?? counts.get('output_tokens');
    if (input === undefined && output === undefined) return null;
    const cachedWithin = counts.get('cached_tokens') ?? 0;
    return {
      input: Math.max(0, (input ?? 0) - cachedWithin) + (counts.get('cache_creation_input_tokens') ?? 0),
      cachedInput: cachedWithin + (counts.get('cache_read_input_tokens') ?? 0),
      output: output ?? 0,
    };
  }

  #readLines(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; ) {
      if (this.#matched === DATA_FIELD.length) {
        const end = endOfLine(chunk, i);
        this.#numbers.read(chunk, i, end);
        i = end;
        if (i === chunk.length) return;
      }
      const byte = chunk[i];
      i += 1;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        this.#numbers.restart();
        this.#matched = 0;
      } else if (this.#matched >= 0) {
        this.#matched = byte === DATA_FIELD[this.#matched] ? this.#matched + 1 : -1;
      }
    }
  }

  /** Only at their own places: what a model was made to write or a caller's metadata says is no count. */
  #note(names: readonly string[], value: number): void {
    const [, first, second] = names;
    const within = first === 'usage' ? 1 : (first === 'message' || first === 'response') && second === 'usage' ? 2 : 0;
    if (within === 0) return;
    const name = names[within + 1] ?? '';
    if (names.length === within + 2) {
      if (COUNTS.has(name)) this.#counts.set(name, value);
    } else if (names.length === within + 3 && /^(prompt|input)_tokens_details$/.test(name)) {
      if (names[within + 2] === 'cached_tokens') this.#counts.set('cached_tokens', value);
    }
  }
}

function endOfLine(chunk: Uint8Array, from: number): number {
  for (let i = from; i < chunk.length; i += 1) {
    if (chunk[i] === LINE_FEED || chunk[i] === CARRIAGE_RETURN) return i;
  }
  return chunk.length;
}
