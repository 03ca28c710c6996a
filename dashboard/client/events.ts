import type { Change } from '../../core/domain/changes.ts';
import { boot, organization } from './boot.ts';
import { connection, reportReached } from './connection.ts';
import { readAnew, readChanged } from './freshness.ts';
import { readEvents, type ServerEvent } from './read-events.ts';
import { lookAgain } from './session.ts';

/**
 * One stream serves all tabs of a browser that show this organization: a browser keeps few connections to one server. The
 * tab that holds the lock reads it and tells the others; when it closes, another takes over where it left off.
 */
const NAME = `agentgateway-events-${organization.id}`;
const tabs = new BroadcastChannel(NAME);

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The server says something at least every 20 s. */
const SILENCE_MS = 45_000;

let lastEventId = boot.events_from ?? undefined;

function take({ id, event, data }: ServerEvent): void {
  if (id !== undefined) lastEventId = id;
  if (event === 'change') readChanged((JSON.parse(data) as { changes: Change[] }).changes);
  if (event === 'gap') readAnew();
  if (event === 'end') void lookAgain();
}

/** Reads the stream until it ends. @returns whether it got as far as being open */
async function readOnce(): Promise<boolean> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch('/api/events', {
      headers: {
        'X-AgentGateway-Organization': organization.id,
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
      },
      cache: 'no-store',
      signal: silence.signal,
    });
    if (response.status === 401 || response.status === 403) void lookAgain();
    if (!response.ok || response.body === null) return false;
    reportReached();
    const onSign = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
    };
    for await (const event of readEvents(response.body, onSign)) {
      take(event);
      tabs.postMessage(event);
    }
    return true;
  } catch {
    // The network or the server went away; it is tried again.
    return false;
  } finally {
    clearTimeout(timer);
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function readForGood(): Promise<void> {
  let wait = FIRST_WAIT_MS;
  for (;;) {
    const isSignedOut = connection.get() === 'signed_out';
    const wasOpen = !isSignedOut && (await readOnce());
    wait = wasOpen ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
    await pause(wait * (0.75 + Math.random() / 2));
  }
}

/** Keeps what the page shows fresh, for as long as it is open. */
export function followChanges(): void {
  tabs.addEventListener('message', ({ data }) => take(data));
  // Locks are there on https and localhost; elsewhere each tab reads a stream of its own.
  if (navigator.locks === undefined) void readForGood();
  else void navigator.locks.request(NAME, readForGood);
}
