import { REVOKE_CONNECTED_APP } from './access-revocation.ts';

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

/** Of what is under way. */
export const OPEN_STATUSES: readonly OperationStatus[] = ['accepted', 'running', 'waiting'];

/** Nothing more happens by itself. */
export function isFinal(status: OperationStatus): boolean {
  return !OPEN_STATUSES.includes(status);
}

/** One step of a long-running operation, as `get_operation` shows it. Times are RFC 3339. */
export interface OperationStep {
  name: string;
  status: 'pending' | 'running' | 'done' | 'failed' | 'skipped';
  started_at: string | null;
  finished_at: string | null;
  detail: string | null;
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

/** From here on there is no way back: what is replaced may be gone already. */
const LAST_STEPS = ['revoke', 'retire', ROLL_BACK];

/** Whether it can no longer be cancelled. Access that was revoked has ended before its operation begins. */
export function isPastReturn({ kind, step }: { kind: string; step: string | null }): boolean {
  return kind === REVOKE_CONNECTED_APP || (step !== null && LAST_STEPS.includes(step));
}

/** How long deleted things can be restored. */
export const RESTORABLE_DAYS = 7;
/** How long calls in flight of a deleted agent may go on before they are cut. */
export const DRAIN_LIMIT_SECONDS = 60;
