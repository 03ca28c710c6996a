import type { OrganizationTransaction } from '../store/database.ts';
import { NO_KEY } from '../store/traffic-cells.ts';

/** What a summary of traffic tells apart. */
export const TRAFFIC_GROUPS = ['none', 'agent', 'agent_key', 'status', 'minute', 'hour', 'day'] as const;
export type TrafficGroup = (typeof TRAFFIC_GROUPS)[number];

/** A group as callers see it; `id` where it stands for something that has one. */
export interface GroupKey {
  key: string;
  id: string | null;
}

/** @param keys as the database wrote them: IDs, statuses, times */
export async function groupKeys(
  transaction: OrganizationTransaction,
  group: TrafficGroup,
  keys: readonly string[],
): Promise<GroupKey[]> {
  switch (group) {
    case 'none':
      return keys.map(() => ({ key: 'all', id: null }));
    case 'status':
      return keys.map((key) => ({ key, id: null }));
    case 'agent':
    case 'agent_key': {
      const names = await namesOf(transaction, group, keys);
      return keys.map((id) => (id === NO_KEY ? { key: 'none', id: null } : { key: names.get(id) ?? 'unknown', id }));
    }
    default:
      return keys.map((key) => ({ key: new Date(key).toISOString(), id: null }));
  }
}

/** Also of what is deleted: traffic outlives it. */
async function namesOf(
  transaction: OrganizationTransaction,
  group: 'agent' | 'agent_key',
  keys: readonly string[],
): Promise<Map<string, string>> {
  const found = { where: { id: { in: [...keys] } }, select: { id: true, name: true } };
  const rows = group === 'agent' ? await transaction.agent.findMany(found) : await transaction.agentKey.findMany(found);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
