import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/**
 * What the older protocol tells once, at `initialize`, and a server for one request must know later. The session's ID
 * carries it, so that any process serves the session and none keeps it. It is what the client says of itself, and gives
 * no rights: forged, it deceives its forger.
 */
const session = z.object({
  id: z.uuid(),
  /** What a client can be asked for. */
  capabilities: z.object({
    elicitation: z.record(z.string(), z.unknown()).optional(),
    sampling: z.record(z.string(), z.unknown()).optional(),
    roots: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type Session = z.infer<typeof session>;

/** Headers hold little: beyond this a client's capabilities are not remembered. */
const LONGEST = 2_000;

/** @param capabilities as the client's `initialize` tells them */
export function newSessionId(capabilities: unknown): string {
  const id = randomUUID();
  const told = session.safeParse({ id, capabilities: Object(capabilities) });
  const encoded = encode(told.success ? told.data : { id, capabilities: {} });
  return encoded.length <= LONGEST ? encoded : encode({ id, capabilities: {} });
}

function encode(value: Session): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @returns null for what is no session ID of ours */
export function readSession(sessionId: string): Session | null {
  try {
    const told = session.safeParse(JSON.parse(Buffer.from(sessionId, 'base64url').toString('utf8')));
    return told.success ? told.data : null;
  } catch {
    return null;
  }
}
