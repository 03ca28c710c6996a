/** A calendar month in UTC. */
export interface Month {
  /** Such as 2026-11. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** The months' limits of organizations' plans, and what is known of their use. Organizations without a limit are not here. */
export class Plans {
  readonly #limits = new Map<string, number>();
  readonly #uses = new Map<string, { month: string; calls: number }>();
  #month: Month = { name: '', endsAt: 0 };

  /** Calls that the plan allows a month; null: no limit. */
  limitOf(organizationId: string): number | null {
    return this.#limits.size === 0 ? null : (this.#limits.get(organizationId) ?? null);
  }

  setLimit(organizationId: string, callsPerMonth: number | null): void {
    if (callsPerMonth !== null) {
      this.#limits.set(organizationId, callsPerMonth);
      return;
    }
    this.#limits.delete(organizationId);
    this.#uses.delete(organizationId);
  }

  /** Forgets the limits of all other organizations. */
  retain(organizationIds: ReadonlySet<string>): void {
    for (const organizationId of this.#limits.keys()) {
      if (!organizationIds.has(organizationId)) this.setLimit(organizationId, null);
    }
  }

  /** @param now milliseconds since the epoch */
  month(now: number): Month {
    if (now >= this.#month.endsAt) {
      const date = new Date(now);
      const endsAt = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
      this.#month = { name: date.toISOString().slice(0, 7), endsAt };
    }
    return this.#month;
  }

  used(organizationId: string, month: string): number {
    const use = this.#uses.get(organizationId);
    return use?.month === month ? use.calls : 0;
  }

  count(organizationId: string, month: string): void {
    this.learn(organizationId, month, this.used(organizationId, month) + 1);
  }

  /** What the database or Redis has counted: more than is known here when other processes carried calls too. */
  learn(organizationId: string, month: string, calls: number): void {
    if (calls > this.used(organizationId, month)) this.#uses.set(organizationId, { month, calls });
  }
}
