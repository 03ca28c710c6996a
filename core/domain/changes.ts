/** What open dashboards are told of, each with the ID of what changed; `traffic`: calls were carried. */
export const CHANGE_KINDS = [
  'agent',
  'agent_key',
  'credential',
  'operation',
  'member',
  'api_token',
  'connected_app',
  'plan',
  'alert',
  'email',
  'traffic',
] as const;

export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A hint that something changed. What it is now is read over REST. */
export interface Change {
  kind: ChangeKind;
  id: string | null;
}

/** Reads `organization:kind:id`, as the database tells it. */
export function readChange(text: string): { organizationId: string; change: Change } | undefined {
  const [organizationId = '', name, id = null] = text.split(':');
  const kind = CHANGE_KINDS.find((candidate) => candidate === name);
  return kind && { organizationId, change: { kind, id } };
}
