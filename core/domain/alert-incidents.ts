import type { Transition } from './alert-evaluation.ts';

/** More agents than these that fire on one rule make one incident together. */
export const GROUPED_ABOVE = 20;

/** An alert of a rule that is not resolved. */
export interface OpenIncident {
  alertId: string;
  isGroup: boolean;
  /** Those of its agents for which the rule fires. */
  agentIds: Set<string>;
}

export interface NewIncident {
  alertId: string;
  isGroup: boolean;
  /** The transitions that it begins with: all of one moment. */
  fired: Transition[];
}

/** An agent of an incident, by the last of its transitions. */
export interface IncidentMember {
  alertId: string;
  last: Transition;
}

/** What transitions do to a rule's incidents. */
export interface IncidentPlan {
  begun: NewIncident[];
  members: IncidentMember[];
  /** Incidents in which nothing fires any more, by their last transition. */
  resolved: IncidentMember[];
  /** The incident of each agent for which the rule fires now. */
  firing: Map<string, string>;
}

/**
 * Sorts transitions into incidents: one for each agent; once more than 20 agents fire on the rule, one for all that come,
 * which lasts until none of its own fires any more.
 * @param open the rule's incidents
 * @param transitions in order of time
 */
export function planIncidents(
  open: readonly OpenIncident[],
  transitions: readonly Transition[],
  newId: () => string,
): IncidentPlan {
  const planner = new Planner(open, newId);
  for (const moment of Map.groupBy(transitions, ({ at }) => at).values()) {
    for (const ended of moment.filter(({ change }) => change === 'ended')) planner.end(ended);
    planner.fire(moment.filter(({ change }) => change === 'fired'));
  }
  return planner.plan();
}

class Planner {
  readonly #newId: () => string;
  readonly #begun: NewIncident[] = [];
  readonly #resolved: IncidentMember[] = [];
  readonly #members = new Map<string, IncidentMember>();
  /** The open ones, by ID; and that of each agent which fires. */
  readonly #open: Map<string, OpenIncident>;
  readonly #firing: Map<string, string>;

  constructor(open: readonly OpenIncident[], newId: () => string) {
    this.#newId = newId;
    this.#open = new Map(open.map((incident) => [incident.alertId, incident]));
    this.#firing = new Map(open.flatMap(({ alertId, agentIds }) => [...agentIds].map((agentId) => [agentId, alertId])));
  }

  end(ended: Transition): void {
    const alertId = this.#firing.get(ended.agentId);
    const incident = this.#open.get(alertId ?? '');
    if (incident === undefined) return;
    this.#firing.delete(ended.agentId);
    incident.agentIds.delete(ended.agentId);
    this.#note(incident, ended);
    if (incident.agentIds.size > 0) return;
    this.#open.delete(incident.alertId);
    this.#resolved.push({ alertId: incident.alertId, last: ended });
  }

  fire(fired: Transition[]): void {
    const group = [...this.#open.values()].find(({ isGroup }) => isGroup);
    if (group !== undefined) for (const each of fired) this.#join(group, each);
    else if (this.#firing.size + fired.length > GROUPED_ABOVE) this.#begin(fired, true);
    else for (const each of fired) this.#begin([each], false);
  }

  plan(): IncidentPlan {
    return {
      begun: this.#begun,
      members: [...this.#members.values()],
      resolved: this.#resolved,
      firing: this.#firing,
    };
  }

  #begin(fired: Transition[], isGroup: boolean): void {
    if (fired.length === 0) return;
    const incident = { alertId: this.#newId(), isGroup, agentIds: new Set<string>() };
    this.#open.set(incident.alertId, incident);
    this.#begun.push({ alertId: incident.alertId, isGroup, fired });
    for (const each of fired) this.#join(incident, each);
  }

  #join(incident: OpenIncident, fired: Transition): void {
    this.#firing.set(fired.agentId, incident.alertId);
    incident.agentIds.add(fired.agentId);
    this.#note(incident, fired);
  }

  #note({ alertId }: OpenIncident, last: Transition): void {
    this.#members.set(`${alertId} ${last.agentId}`, { alertId, last });
  }
}
