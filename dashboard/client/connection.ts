import { onlineManager } from '@tanstack/react-query';
import { createStore } from './store.ts';

/**
 * How this tab stands with the server. `unreachable`: it is asked again until it answers, and then everything on the
 * page is read anew. `signed_out`: the session ended; the page stays as it is until the person signed in again.
 */
export type Connection = 'good' | 'unreachable' | 'signed_out';

export const connection = createStore<Connection>('good');

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** Queries wait while the server cannot answer them, and go on by themselves afterwards. */
function become(state: Connection): void {
  connection.set(state);
  onlineManager.setOnline(state === 'good');
}

export function reportReached(): void {
  if (connection.get() === 'unreachable') become('good');
}

export function reportUnreachable(): void {
  if (connection.get() !== 'good') return;
  become('unreachable');
  void askUntilReached();
}

export function reportSignedOut(): void {
  become('signed_out');
}

export function reportSignedIn(): void {
  become('good');
}

/** Asks whether the server is ready, less often from time to time; at once when the device says it is online again. */
async function askUntilReached(): Promise<void> {
  for (let wait = FIRST_WAIT_MS; connection.get() === 'unreachable'; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    await pause(wait);
    const answer = await fetch('/readyz', { cache: 'no-store' }).catch(() => null);
    if (answer?.ok) reportReached();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener('online', done);
  });
}
