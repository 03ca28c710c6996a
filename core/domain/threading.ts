import { DAY_MS } from './times.ts';

/** What of a message tells to which others it belongs. */
export interface ThreadedMessage {
  messageId: string;
  /** The Message-IDs of References and In-Reply-To. */
  referenceIds: readonly string[];
  /** Of a message that refers to nothing: its subject without prefixes; else null. */
  baseSubject: string | null;
  /** A reply by its subject alone. */
  bareReply: boolean;
  /** Milliseconds since 1970. */
  sentAt: number;
  /** Addresses of who wrote it and to whom, but for the mailbox's own. */
  correspondents: readonly string[];
}

/** A message that has its thread already and may be tied to new ones by its subject. */
export type StandingMessage = Pick<ThreadedMessage, 'baseSubject' | 'bareReply' | 'sentAt' | 'correspondents'> & {
  threadId: string;
};

export interface Grouping {
  /** Of each message, in the order given. */
  threadIds: string[];
  /** The thread of every Message-ID that they carry or name. */
  threadOf: Map<string, string>;
  /** Threads that turned out to be part of another, with that one. */
  mergedInto: Map<string, string>;
}

/** A reply without references answers what was written at most so long before. */
export const SUBJECT_WINDOW_MS = 30 * DAY_MS;
/** Senders' clocks differ by so much. */
const CLOCKS_DIFFER_MS = DAY_MS;

/**
 * Puts messages into threads. Two belong together when one names the other, when both name a third (seen or not), or by
 * subject where a reply names none: like JWZ's threading, but as the connected parts of a graph. Whatever is added only
 * joins parts, so that the threads are the same in whatever order and batches messages arrive.
 * @param standing what earlier batches left: the threads of Message-IDs, and messages with the same base subjects
 * @param newThreadId makes IDs that sort after earlier ones: the oldest thread is the one that stays
 */
export function groupIntoThreads(
  messages: readonly ThreadedMessage[],
  standing: { threadOf: ReadonlyMap<string, string>; bySubject: readonly StandingMessage[] },
  newThreadId: () => string,
): Grouping {
  const parts = new Parts();
  for (const { messageId, referenceIds } of messages) {
    for (const id of [messageId, ...referenceIds]) {
      parts.join(named(messageId), named(id));
      const threadId = standing.threadOf.get(id);
      if (threadId !== undefined) parts.join(named(id), thread(threadId));
    }
  }
  joinBySubject(parts, messages, standing.bySubject);

  const winners = new Map<string, string>();
  for (const threadId of parts.all(THREAD)) {
    const root = parts.rootOf(thread(threadId));
    const winner = winners.get(root);
    if (winner === undefined || threadId < winner) winners.set(root, threadId);
  }
  const threadOfPart = (root: string) => {
    const winner = winners.get(root) ?? newThreadId();
    winners.set(root, winner);
    return winner;
  };
  const mergedInto = new Map<string, string>();
  for (const threadId of parts.all(THREAD)) {
    const winner = threadOfPart(parts.rootOf(thread(threadId)));
    if (winner !== threadId) mergedInto.set(threadId, winner);
  }
  return {
    threadIds: messages.map(({ messageId }) => threadOfPart(parts.rootOf(named(messageId)))),
    threadOf: new Map(parts.all(NAMED).map((id) => [id, threadOfPart(parts.rootOf(named(id)))])),
    mergedInto,
  };
}

/** Whether a reply that names nothing belongs to another message, going by subject, time and people. */
export function belongsBySubject(
  one: Pick<ThreadedMessage, 'baseSubject' | 'bareReply' | 'sentAt' | 'correspondents'>,
  other: Pick<ThreadedMessage, 'baseSubject' | 'bareReply' | 'sentAt' | 'correspondents'>,
): boolean {
  if (!(one.bareReply || other.bareReply) || one.baseSubject === null || one.baseSubject === '') return false;
  if (one.baseSubject !== other.baseSubject) return false;
  const gap = one.bareReply && other.bareReply ? Math.abs(one.sentAt - other.sentAt) : replyGap(one, other);
  if (gap < -CLOCKS_DIFFER_MS || gap > SUBJECT_WINDOW_MS) return false;
  return one.correspondents.some((address) => other.correspondents.includes(address));
}

type Dated = Pick<ThreadedMessage, 'bareReply' | 'sentAt'>;

/** How long after what it answers the reply came. */
function replyGap(one: Dated, other: Dated): number {
  return one.bareReply ? one.sentAt - other.sentAt : other.sentAt - one.sentAt;
}

function joinBySubject(parts: Parts, messages: readonly ThreadedMessage[], standing: readonly StandingMessage[]): void {
  const places = [
    ...messages.map((message) => ({ ...message, node: named(message.messageId) })),
    ...standing.map((message) => ({ ...message, node: thread(message.threadId) })),
  ].filter(({ baseSubject }) => baseSubject !== null);
  for (const alike of Map.groupBy(places, ({ baseSubject }) => baseSubject).values()) {
    const replies = alike.filter(({ bareReply }) => bareReply);
    for (const reply of replies) {
      for (const other of alike) if (belongsBySubject(reply, other)) parts.join(reply.node, other.node);
    }
  }
}

const NAMED = 'message ';
const THREAD = 'thread ';
const named = (messageId: string) => NAMED + messageId;
const thread = (threadId: string) => THREAD + threadId;

/** The connected parts of a graph (union-find with path halving). */
class Parts {
  readonly #above = new Map<string, string>();

  join(one: string, other: string): void {
    const [a, b] = [this.rootOf(one), this.rootOf(other)];
    if (a !== b) this.#above.set(a, b);
  }

  rootOf(node: string): string {
    let at = node;
    for (;;) {
      const above = this.#above.get(at);
      if (above === undefined) {
        this.#above.set(at, at);
        return at;
      }
      if (above === at) return at;
      const next = this.#above.get(above) ?? above;
      this.#above.set(at, next);
      at = next;
    }
  }

  /** What follows the prefix in the nodes that begin with it. */
  all(prefix: string): string[] {
    return [...this.#above.keys()].filter((node) => node.startsWith(prefix)).map((node) => node.slice(prefix.length));
  }
}
