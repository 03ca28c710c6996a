/** What `relay_snapshot` notifications named since the last read: IDs by table. */
export interface NamedChanges {
  agents: Set<string>;
  agentKeys: Set<string>;
  /** Credentials and versions: what matters is which agents carry them. */
  credentials: Set<string>;
  /** Organizations whose plan changed. */
  plans: Set<string>;
}

export function noChanges(): NamedChanges {
  return { agents: new Set(), agentKeys: new Set(), credentials: new Set(), plans: new Set() };
}

/** Notes a notification's payload, `<table>:<id>`; a link's ID is `<agent ID>/<credential ID>`. */
export function noteChange(changes: NamedChanges, payload: string): void {
  const [table, id = ''] = payload.split(':', 2);
  if (table === 'agent') changes.agents.add(id);
  else if (table === 'agent_key') changes.agentKeys.add(id);
  else if (table === 'credential_link') changes.agents.add(id.split('/', 1)[0] ?? '');
  else if (table === 'plan') changes.plans.add(id);
  else changes.credentials.add(id);
}
