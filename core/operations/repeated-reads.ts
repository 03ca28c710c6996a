import { createHash } from 'node:crypto';
import type { Caller } from '../domain/caller.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { OperationDefinition } from './define-operation.ts';

/** An open page reads the same again at each change; once in so long is on record. */
const ON_RECORD_EVERY_MS = 5 * 60_000;
/** The oldest are forgotten first, and then on record once more than needed. */
const MOST_REMEMBERED = 50_000;

/** When a session's read was last put on record, by session, operation and input. */
const recorded = new Map<string, number>();

function keyOf(operation: OperationDefinition, caller: Caller, input: Record<string, unknown>): string | null {
  if (caller.kind !== 'session' || operation.kind !== 'R' || operation.lines !== undefined) return null;
  const hash = createHash('sha256').update(canonicalJson(input)).digest('base64url');
  return `${caller.sessionId} ${caller.organizationId} ${operation.name} ${hash}`;
}

/**
 * A person's page that reads anew what the same session read a moment ago with the same input adds nothing to the audit
 * trail. What changes something, what is exported, and what apps and scripts do is on record each time.
 * @returns what to call once the event is committed; null where the read is on record already
 */
export function recordOfRead(
  operation: OperationDefinition,
  caller: Caller,
  input: Record<string, unknown>,
): { done(): void } | null {
  const key = keyOf(operation, caller, input);
  if (key === null) return { done() {} };
  const now = Date.now();
  if (now - (recorded.get(key) ?? 0) < ON_RECORD_EVERY_MS) return null;
  return {
    done() {
      recorded.delete(key);
      recorded.set(key, now);
      const oldest = recorded.keys().next().value;
      if (recorded.size > MOST_REMEMBERED && oldest !== undefined) recorded.delete(oldest);
    },
  };
}
