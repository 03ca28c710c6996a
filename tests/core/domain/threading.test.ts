import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  belongsBySubject,
  groupIntoThreads,
  type StandingMessage,
  type ThreadedMessage,
} from '../../../core/domain/threading.ts';
import { DAY_MS } from '../../../core/domain/times.ts';

const message = (changes: Partial<ThreadedMessage>): ThreadedMessage => ({
  messageId: 'a',
  referenceIds: [],
  baseSubject: null,
  bareReply: false,
  sentAt: 0,
  correspondents: ['ben@mail.test'],
  ...changes,
});

/** Threads as a mailbox keeps them between batches. */
class Mailbox {
  readonly #threadOf = new Map<string, string>();
  readonly #messages: (ThreadedMessage & { threadId: string })[] = [];
  #made = 0;

  add(batch: readonly ThreadedMessage[]): void {
    const bySubject: StandingMessage[] = this.#messages.filter(({ baseSubject }) => baseSubject !== null);
    const { threadIds, threadOf, mergedInto } = groupIntoThreads(
      batch,
      { threadOf: this.#threadOf, bySubject },
      () => `thread-${String(this.#made++).padStart(6, '0')}`,
    );
    for (const [id, threadId] of this.#threadOf) this.#threadOf.set(id, mergedInto.get(threadId) ?? threadId);
    for (const [id, threadId] of threadOf) this.#threadOf.set(id, threadId);
    for (const each of this.#messages) each.threadId = mergedInto.get(each.threadId) ?? each.threadId;
    this.#messages.push(...batch.map((each, at) => ({ ...each, threadId: threadIds[at] ?? '' })));
  }

  /** Which messages are together, whatever the threads are called. */
  get threads(): string[][] {
    const groups = Map.groupBy(this.#messages, ({ threadId }) => threadId).values();
    return [...groups].map((group) => group.map(({ messageId }) => messageId).sort()).sort();
  }
}

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'unseen-1', 'unseen-2');
const anyMessage = fc.record({
  referenceIds: fc.array(ids, { maxLength: 3 }),
  bareReply: fc.boolean(),
  subject: fc.constantFrom('question', 'invoice'),
  sentAt: fc.integer({ min: 0, max: 90 * DAY_MS }),
  correspondents: fc.uniqueArray(fc.constantFrom('anna@mail.test', 'ben@mail.test'), { minLength: 1 }),
});
const anyMailbox = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { minLength: 1 })
  .chain((messageIds) =>
    fc.tuple(...messageIds.map((messageId) => anyMessage.map((each) => asMessage(messageId, each)))),
  );

function asMessage(
  messageId: string,
  each: { referenceIds: string[]; bareReply: boolean; subject: string; sentAt: number; correspondents: string[] },
) {
  const { subject, ...rest } = each;
  const refersToNothing = each.referenceIds.length === 0;
  return message({
    ...rest,
    messageId,
    baseSubject: refersToNothing ? subject : null,
    bareReply: refersToNothing && each.bareReply,
  });
}

test('the order and the batches in which messages arrive change nothing', () => {
  fc.assert(
    fc.property(anyMailbox, fc.infiniteStream(fc.nat()), (messages, numbers) => {
      const atOnce = new Mailbox();
      atOnce.add(messages);
      const next = () => numbers.next().value as number;
      const shuffled = messages.map((each) => ({ each, at: next() })).toSorted((a, b) => a.at - b.at);
      const later = new Mailbox();
      for (let from = 0; from < shuffled.length; ) {
        const size = 1 + (next() % 3);
        later.add(shuffled.slice(from, from + size).map(({ each }) => each));
        from += size;
      }
      expect(later.threads).toEqual(atOnce.threads);
    }),
    { seed: 8, numRuns: 2_000 },
  );
});

describe('messages belong together', () => {
  const together = (...messages: ThreadedMessage[]) => {
    const mailbox = new Mailbox();
    for (const each of messages) mailbox.add([each]);
    return mailbox.threads.length === 1;
  };

  test('when one answers the other, whichever comes first', () => {
    const answer = message({ messageId: 'b', referenceIds: ['a'] });
    expect(together(message({}), answer)).toBe(true);
    expect(together(answer, message({}))).toBe(true);
  });

  test('when both answer a third that never came', () => {
    const answer = (messageId: string) => message({ messageId, referenceIds: ['unseen'] });
    expect(together(answer('b'), answer('c'))).toBe(true);
  });

  test('when a later one shows that two threads are one', () => {
    const both = message({ messageId: 'c', referenceIds: ['a', 'b'] });
    expect(together(message({ messageId: 'a' }), message({ messageId: 'b' }), both)).toBe(true);
  });

  const original = message({ baseSubject: 'invoice' });
  const reply = message({ messageId: 'b', baseSubject: 'invoice', bareReply: true, sentAt: DAY_MS });

  test.each<[string, Partial<ThreadedMessage>, boolean]>([
    ['by subject, where the reply names none', {}, true],
    ['not when it came long after', { sentAt: 31 * DAY_MS }, false],
    ['not when it came before', { sentAt: -2 * DAY_MS }, false],
    ['not among other people', { correspondents: ['carl@mail.test'] }, false],
    ['not when it is no reply: every month has an invoice', { bareReply: false }, false],
    ['not with an empty subject', { baseSubject: '' }, false],
  ])('%s', (_when, changes, expected) => {
    const other = { ...reply, ...changes };
    const first = changes.baseSubject === '' ? { ...original, baseSubject: '' } : original;
    expect(belongsBySubject(first, other)).toBe(expected);
    expect(together(first, other)).toBe(expected);
  });
});
