/** A calendar month in UTC. */
export interface Month {
  /** Such as 2026-11. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** What is known of a month's use. */
export interface Use {
  readonly month: string;
  readonly calls: number;
  /** How often the database took calls back that it had counted too many. Only of the same number do counts compare. */
  readonly corrections: number;
}

/** The months' limits of organizations' plans, and what is known of their use. Organizations without a limit are not here. */
export class Plans {
  readonly #limits = new Map<string, number>();
  readonly #uses = new Map<string, Use>();
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

  use(organizationId: string, month: string): Use {
    const use = this.#uses.get(organizationId);
    return use?.month === month ? use : { month, calls: 0, corrections: 0 };
  }

  count(organizationId: string, month: string): void {
    const use = this.use(organizationId, month);
    this.#uses.set(organizationId, { ...use, calls: use.calls + 1 });
  }

  /** What the database or Redis has counted: more than is known here when other processes carried calls too. */
  learn(organizationId: string, told: Use): void {
    const { calls, corrections } = this.use(organizationId, told.month);
    const isNews = told.corrections === corrections ? told.calls > calls : told.corrections > corrections;
    if (isNews) this.#uses.set(organizationId, told);
  }
}
