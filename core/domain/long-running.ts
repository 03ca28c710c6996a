import { REVOKE_CONNECTED_APP } from './access-revocation.ts';
import { DRAFT_KINDS, isDraftKind } from './email-draft.ts';
import { COPY_TO_SENT, HAND_OVER, SEND_EMAIL } from './outgoing-email.ts';

/** What long-running operations do: the names, in the registry, of those that start one. */
export const LONG_RUNNING_KINDS = [
  'delete_agent',
  'rotate_credential',
  'rotate_agent_key',
  REVOKE_CONNECTED_APP,
  SEND_EMAIL,
  ...DRAFT_KINDS,
] as const;
export type LongRunningKind = (typeof LONG_RUNNING_KINDS)[number];

/** A long-running operation's status. */
export const OPERATION_STATUSES = [
  'accepted',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'rolled_back',
  'unknown',
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** Of what is under way. What is `unknown` is so until it shows itself or a person decides. */
export const OPEN_STATUSES: readonly OperationStatus[] = ['accepted', 'running', 'waiting', 'unknown'];

/** Nothing more happens to it. */
export function isFinal(status: OperationStatus): boolean {
  return !OPEN_STATUSES.includes(status);
}

/** Nothing goes on before somebody has done something. */
export function waitsForSomebody(status: OperationStatus): boolean {
  return status === 'waiting' || status === 'unknown';
}

/** Attempts in a row that came to nothing for the same reason. Times are RFC 3339. */
export interface VainAttempts {
  why: string;
  times: number;
  first_at: string;
  last_at: string;
}

/** One step of a long-running operation, as `get_operation` shows it. Times are RFC 3339. */
export interface OperationStep {
  name: string;
  status: 'pending' | 'running' | 'done' | 'failed' | 'skipped';
  started_at: string | null;
  finished_at: string | null;
  detail: string | null;
  /** The latest last; none before the first. */
  attempts?: VainAttempts[];
}

/** A step that is tried for weeks keeps its latest. */
const ATTEMPTS_KEPT = 20;

/** The step with attempts that came to nothing added to its history. */
export function withVainAttempts(step: OperationStep, vain: VainAttempts): OperationStep {
  const before = step.attempts ?? [];
  const last = before.at(-1);
  if (last?.why !== vain.why) return { ...step, attempts: [...before, vain].slice(-ATTEMPTS_KEPT) };
  const merged = { ...last, times: last.times + vain.times, last_at: vain.last_at };
  return { ...step, attempts: [...before.slice(0, -1), merged] };
}

/** What a long-running operation may wait for a person to do. */
export type WaitingFor = 'approval' | 'value' | 'reveal' | 'resolve';

/** How far an operation has come. */
export interface Progress {
  /** Steps that are done or under way. */
  done: number;
  total: number;
  message: string;
}

export function progressOf(kind: string, steps: readonly OperationStep[]): Progress {
  const running = steps.find(({ status }) => status === 'running');
  return {
    done: steps.filter(({ status }) => status !== 'pending').length,
    total: steps.length,
    message: running === undefined ? kind : `${kind}: ${running.name}`,
  };
}

/** The step that undoes the others. */
export const ROLL_BACK = 'roll_back';

/** From here on there is no way back: what is replaced may be gone already, a mail may have been taken. */
const LAST_STEPS = ['revoke', 'retire', HAND_OVER, COPY_TO_SENT, ROLL_BACK];

/**
 * Whether it can no longer be cancelled. Access that was revoked has ended before its operation begins; a draft that was
 * written is changed or discarded, not cancelled.
 */
export function isPastReturn({ kind, step }: { kind: string; step: string | null }): boolean {
  return kind === REVOKE_CONNECTED_APP || isDraftKind(kind) || (step !== null && LAST_STEPS.includes(step));
}

/** How long deleted things can be restored. */
export const RESTORABLE_DAYS = 7;
/** How long calls in flight of a deleted agent may go on before they are cut. */
export const DRAIN_LIMIT_SECONDS = 60;
