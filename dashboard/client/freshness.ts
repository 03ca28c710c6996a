import type { Change, ChangeKind } from '../../core/domain/changes.ts';
import { organization } from './boot.ts';
import { queryClient } from './query-client.ts';

/** The beginnings of the names of operations whose answers a change may have made old. */
const SHOWN_BY: Record<ChangeKind, readonly string[]> = {
  agent: ['list_agents', 'get_agent', 'list_rate_limits', 'list_circuit_breakers', 'list_health', 'get_credential'],
  agent_key: ['list_agent_keys'],
  credential: ['list_credentials', 'get_credential', 'list_agents', 'get_agent'],
  operation: ['list_operations', 'get_operation', 'get_credential', 'list_credentials'],
  member: ['list_members', 'list_invitations'],
  api_token: ['list_api_tokens'],
  connected_app: ['list_connected_apps', 'get_connected_app'],
  plan: ['get_plan', 'get_usage'],
  alert: ['list_alert', 'get_alert', 'list_channels', 'list_deliveries'],
  email: ['list_mailboxes', 'list_email', 'get_email', 'get_mailbox', 'list_outgoing', 'get_outgoing'],
  traffic: ['summarize_traffic', 'list_request_logs', 'get_usage', 'list_health'],
};

/** How often what follows the traffic is read anew at most; the rest is read at once. */
const TRAFFIC_EVERY_MS = 5_000;

/** What changed while nobody looked at the tab is read when somebody does. */
const waiting = new Set<string>();
let trafficTimer: ReturnType<typeof setTimeout> | undefined;

function readNow(names: Iterable<string>): void {
  const wanted = [...names];
  if (wanted.length === 0) return;
  void queryClient.invalidateQueries({
    predicate: ({ queryKey: [owner, name] }) =>
      owner === organization.id && wanted.some((beginning) => String(name).startsWith(beginning)),
  });
}

function readWaiting(): void {
  if (document.visibilityState !== 'visible') return;
  readNow(waiting);
  waiting.clear();
}

/** Reads anew what shows something that changed. */
export function readChanged(changes: readonly Change[]): void {
  const kinds = new Set(changes.map(({ kind }) => kind));
  if (kinds.delete('traffic') && trafficTimer === undefined) {
    trafficTimer = setTimeout(() => {
      trafficTimer = undefined;
      for (const name of SHOWN_BY.traffic) waiting.add(name);
      readWaiting();
    }, TRAFFIC_EVERY_MS);
  }
  readOf(kinds);
}

function readOf(kinds: ReadonlySet<ChangeKind>): void {
  if (kinds.size === 0) return;
  for (const kind of kinds) for (const name of SHOWN_BY[kind]) waiting.add(name);
  // Whatever else changes is also on record.
  waiting.add('list_audit_events');
  readWaiting();
}

/** Reads everything anew: it is not known what changed. */
export function readAnew(): void {
  waiting.add('');
  readWaiting();
}

document.addEventListener('visibilitychange', readWaiting);
