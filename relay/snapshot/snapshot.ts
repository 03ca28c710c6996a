import { RELAY_OUTAGE_LIMIT_SECONDS } from '../../core/domain/rotation.ts';
import type { UpstreamUrl } from '../../core/outbound/upstream-url.ts';
import type { RouteBreaker } from '../breaker/route-breaker.ts';
import type { RoutePrice } from '../cost/route-price.ts';
import type { RetryBudget } from '../forwarding/retry-budget.ts';
import type { Limits } from '../limits/limit.ts';
import { Plans } from '../limits/plans.ts';
import type { Refusal } from '../relay-errors.ts';
import type { CredentialSet, RouteRotation } from '../rotation/credential-sets.ts';
import { SecretValues } from './secret-values.ts';

/** Everything that a call to one agent needs, worked out when the snapshot changes and never per call. */
export interface Route extends CredentialSet {
  readonly agentId: string;
  readonly organizationId: string;
  readonly name: string;
  readonly upstream: UpstreamUrl;
  /**
   * Why every call is refused at present; null when none is. Disabled, host not allowed: before the limits, at no cost to
   * them. No credential: after them.
   */
  readonly refusal: Refusal | null;
  /** Set for a deleted agent: milliseconds since the epoch. New calls do not find it. */
  readonly deletedAt: number | null;
  /** null: no linked credential is being rotated. */
  readonly rotation: RouteRotation | null;
  /** New versions of running rotations that this process cannot send although it sends the old ones. */
  readonly unusableVersionIds: readonly string[];
  /** How often a call may be sent anew, and the agent's part of calls that may. */
  readonly retries: number;
  readonly retryBudget: RetryBudget;
  readonly credentialIds: readonly string[];
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** null: calls are not priced. */
  readonly price: RoutePrice | null;
  /** Each call's row is on disk before its answer ends. */
  readonly durableLogs: boolean;
  /** null: none. */
  readonly limits: Limits | null;
  readonly breaker: RouteBreaker;
}

export interface AgentKeyEntry {
  readonly id: string;
  readonly organizationId: string;
  /** null: all agents of the organization. */
  readonly agentId: string | null;
  /** Its own, besides those of the agent; null: none. */
  readonly limits: Limits | null;
}

/** What the relay knows, in memory. Look-ups are two map reads; changes come from `follow-snapshot.ts`. */
export class Snapshot {
  readonly plans = new Plans();
  readonly secretValues = new SecretValues();
  /** Live relay processes as the last heartbeats tell, sorted. */
  processIds: readonly string[] = [];
  #routes = new Map<string, Route>();
  #routesByName = new Map<string, Map<string, Route>>();
  /** By agent; hardly ever any. */
  #unusableVersions = new Map<string, readonly string[]>();
  #keys = new Map<string, AgentKeyEntry>();
  #keyHashes = new Map<string, string>();
  /** Milliseconds since the epoch of the last successful read. */
  #confirmedAt = 0;

  /** @param hash SHA-256 of the agent key, base64url */
  findKey(hash: string): AgentKeyEntry | undefined {
    return this.#keys.get(hash);
  }

  /** The rotations that any agent's calls take part in. */
  runningRotations(): Set<string> {
    const operationIds = new Set<string>();
    for (const { rotation } of this.#routes.values()) {
      for (const { operation_id } of rotation?.all ?? []) operationIds.add(operation_id);
    }
    return operationIds;
  }

  /** New versions of running rotations that some route cannot send: no rotation may go on as if it could. */
  unusableVersions(): string[] {
    return [...new Set([...this.#unusableVersions.values()].flat())];
  }

  /** Only live agents are found by name; a deleted one's name is free at once. */
  findRoute(organizationId: string, name: string): Route | undefined {
    return this.#routesByName.get(organizationId)?.get(name);
  }

  routeOf(agentId: string): Route | undefined {
    return this.#routes.get(agentId);
  }

  /** Agents whose calls carry a secret of one of these credentials or versions. */
  agentsWith(ids: ReadonlySet<string>): string[] {
    if (ids.size === 0) return [];
    const affected = [...this.#routes.values()].filter(
      (route) => route.credentialIds.some((id) => ids.has(id)) || route.credentialVersionIds.some((id) => ids.has(id)),
    );
    return affected.map((route) => route.agentId);
  }

  setRoute(route: Route): void {
    this.removeRoute(route.agentId);
    this.#routes.set(route.agentId, route);
    if (route.deletedAt !== null) return;
    if (route.unusableVersionIds.length > 0) this.#unusableVersions.set(route.agentId, route.unusableVersionIds);
    let names = this.#routesByName.get(route.organizationId);
    if (!names) {
      names = new Map();
      this.#routesByName.set(route.organizationId, names);
    }
    names.set(route.name, route);
  }

  removeRoute(agentId: string): void {
    const route = this.#routes.get(agentId);
    if (!route) return;
    this.#routes.delete(agentId);
    this.#unusableVersions.delete(agentId);
    const names = this.#routesByName.get(route.organizationId);
    if (names?.get(route.name) === route) names.delete(route.name);
    if (names?.size === 0) this.#routesByName.delete(route.organizationId);
  }

  setKey(hash: string, key: AgentKeyEntry): void {
    this.#keys.set(hash, key);
    this.#keyHashes.set(key.id, hash);
  }

  removeKey(keyId: string): void {
    const hash = this.#keyHashes.get(keyId);
    if (hash === undefined) return;
    this.#keyHashes.delete(keyId);
    this.#keys.delete(hash);
  }

  /** Forgets whatever a full read did not name. */
  retain(agentIds: ReadonlySet<string>, keyIds: ReadonlySet<string>): void {
    for (const agentId of this.#routes.keys()) if (!agentIds.has(agentId)) this.removeRoute(agentId);
    for (const keyId of this.#keyHashes.keys()) if (!keyIds.has(keyId)) this.removeKey(keyId);
  }

  confirm(now: number): void {
    this.#confirmedAt = now;
  }

  ageSeconds(now: number): number {
    return (now - this.#confirmedAt) / 1_000;
  }

  /**
   * Invariant 10: without Postgres the relay fails open for the declared time, since a revoked key is refused as soon as
   * any word of it arrives; then closed, since it could no longer tell which keys were revoked.
   */
  isExpired(now: number): boolean {
    return this.ageSeconds(now) > RELAY_OUTAGE_LIMIT_SECONDS;
  }
}
