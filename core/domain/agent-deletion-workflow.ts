/** The workflow type, and the names of its messages: what client, worker and workflow agree on. */
export const AGENT_DELETION_WORKFLOW = 'deleteAgent';
export const RESTORED_UPDATE = 'restored';
export const STATUS_QUERY = 'status';

/** What the workflow answers to `status`. */
export interface AgentDeletionStatus {
  phase: 'refusing_new_calls' | 'draining' | 'restorable' | 'purging' | 'restored';
  /** RFC 3339; null until new calls are refused. */
  restorableUntil: string | null;
}

/** A restore that began in time may commit this much after the last moment: the purge waits for it. */
export const PURGE_MARGIN_SECONDS = 10;
