/** When an agent's circuit breaker opens, and for how long. */
export interface BreakerSettings {
  /** Answers that count as failures: `5xx`, `429` … Network errors and timeouts always do. */
  failure_statuses: readonly string[];
  /** Opens when this fraction of the window's calls failed; 0 < rate ≤ 1. */
  failure_rate: number;
  window_seconds: number;
  /** With fewer calls in the window it never opens. */
  minimum_calls: number;
  /** How long it stays open the first time; twice as long each time that the upstream is found still failing. */
  cool_down_seconds: number;
  longest_cool_down_seconds: number;
}

export const DEFAULT_BREAKER_SETTINGS: BreakerSettings = {
  failure_statuses: ['5xx'],
  failure_rate: 0.5,
  window_seconds: 30,
  minimum_calls: 20,
  cool_down_seconds: 5,
  longest_cool_down_seconds: 300,
};

/** The settings in force: what the agent's row gives, the defaults for the rest. */
export function breakerSettingsOf(given: unknown): BreakerSettings {
  return { ...DEFAULT_BREAKER_SETTINGS, ...(given as Partial<BreakerSettings> | null) };
}

/** A person's word that stands above what the breaker finds out by itself, until it expires. */
export interface BreakerOverride {
  state: 'open' | 'closed';
  /** RFC 3339. */
  since: string;
  until: string;
  /** Who said so. */
  by: string;
}

/** The settings as the relay uses them for each call: milliseconds, and statuses that cost no search. */
export interface BreakerRules {
  readonly failureRate: number;
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly coolDownMs: number;
  readonly longestCoolDownMs: number;
  /** Bit n stands for the class nxx. */
  readonly failureClasses: number;
  readonly failureStatuses: readonly number[];
}

export function breakerRules(settings: BreakerSettings): BreakerRules {
  const isClass = (status: string) => status.endsWith('xx');
  const classes = settings.failure_statuses.filter(isClass);
  const coolDownMs = settings.cool_down_seconds * 1_000;
  return {
    failureRate: settings.failure_rate,
    windowMs: settings.window_seconds * 1_000,
    minimumCalls: settings.minimum_calls,
    coolDownMs,
    longestCoolDownMs: Math.max(coolDownMs, settings.longest_cool_down_seconds * 1_000),
    failureClasses: classes.reduce((bits, status) => bits | (1 << Number(status[0])), 0),
    failureStatuses: settings.failure_statuses.filter((status) => !isClass(status)).map(Number),
  };
}

/** Whether an upstream's answer counts as a failure. */
export function isFailureStatus(rules: BreakerRules, status: number): boolean {
  return ((rules.failureClasses >> Math.trunc(status / 100)) & 1) === 1 || rules.failureStatuses.includes(status);
}
