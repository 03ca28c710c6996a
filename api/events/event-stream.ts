import type { Response } from 'express';
import type { ChangeFeed, Following } from '../../core/services/change-feed.ts';
import type { NumberedChange } from '../../core/services/change-ring.ts';

/** Changes of this long are told at once, each only once: a busy organization does not flood its pages. */
const GATHERED_MS = 250;
/** Keeps proxies from ending a stream that nothing happens in, and tells the page that it lives. */
const BEAT_EVERY_MS = 20_000;
/** A page that takes its events no faster is cut off; it comes back and is told what it missed. */
const MOST_UNSENT_BYTES = 65_536;

/** Why a stream ended for good: the page does not come back with it. */
export type EndReason = 'signed_out' | 'not_a_member';

export interface EventStream {
  end(reason?: EndReason): void;
}

function isSame(one: NumberedChange, other: NumberedChange): boolean {
  return one.kind === other.kind && one.id === other.id;
}

/** Where a stream stands, for `Last-Event-ID`. */
export function eventId({ epoch }: ChangeFeed, number: number): string {
  return `${epoch}-${number}`;
}

/** Where a page left off, as `Last-Event-ID` tells it; null for another process's, which mean nothing here. */
function numberIn(feed: ChangeFeed, lastEventId: string | undefined): number | null {
  const [epoch, number] = lastEventId?.split('-') ?? [];
  return epoch === feed.epoch && /^\d{1,15}$/.test(number ?? '') ? Number(number) : null;
}

/**
 * Sends an organization's changes as server-sent events: `change` with kind and ID, `gap` where some may have been missed,
 * `end` where the stream is over for good.
 */
export function sendEvents(
  response: Response,
  feed: ChangeFeed,
  stream: { organizationId: string; lastEventId: string | undefined; onEnd(): void },
): EventStream {
  let gathered: NumberedChange[] = [];
  let gathering: NodeJS.Timeout | undefined;

  function send(event: string, number: number, data: object): void {
    response.write(`id: ${eventId(feed, number)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > MOST_UNSENT_BYTES) response.destroy();
  }

  function sendChanges(changes: readonly NumberedChange[]): void {
    const number = changes.at(-1)?.number;
    if (number === undefined) return;
    // The number is the last one's: what comes before it was sent.
    const told = changes.filter((change, index) => changes.findIndex((other) => isSame(other, change)) === index);
    send('change', number, { changes: told.map(({ kind, id }) => ({ kind, id })) });
  }

  function sendGathered(): void {
    gathering = undefined;
    sendChanges(gathered);
    gathered = [];
  }

  const following: Following = feed.follow(stream.organizationId, {
    onChange(change) {
      gathered.push(change);
      gathering ??= setTimeout(sendGathered, GATHERED_MS);
    },
    onGap(number) {
      gathered = [];
      send('gap', number, {});
    },
  });
  const beating = setInterval(() => response.write(': beat\n\n'), BEAT_EVERY_MS);
  function stopTelling(): void {
    clearInterval(beating);
    clearTimeout(gathering);
    following.end();
  }
  response.once('close', () => {
    stopTelling();
    stream.onEnd();
  });

  response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const leftOffAt = numberIn(feed, stream.lastEventId);
  const missed = leftOffAt === null ? 'unknown' : following.since(leftOffAt);
  if (missed !== 'unknown') sendChanges(missed.changes);
  else send(stream.lastEventId === undefined ? 'hello' : 'gap', feed.latest(), {});

  return {
    end(reason) {
      // A slow page takes a while to take its end. What is written after it would end this process.
      if (response.writableEnded) return;
      stopTelling();
      if (reason !== undefined) send('end', feed.latest(), { reason });
      response.end();
    },
  };
}
