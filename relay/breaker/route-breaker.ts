import {
  type BreakerOverride,
  type BreakerRules,
  breakerRules,
  breakerSettingsOf,
  DEFAULT_BREAKER_SETTINGS,
} from '../../core/domain/circuit-breaker-settings.ts';

/** What an agent's row says about its breaker, worked out when the snapshot changes. */
export interface RouteBreaker {
  readonly rules: BreakerRules;
  /** `until` in milliseconds since the epoch. */
  readonly override: { readonly state: 'open' | 'closed'; readonly until: number } | null;
  /** Milliseconds since the epoch of the last reset; 0 when there was none. */
  readonly resetAt: number;
}

/** The columns of `agent` that it is made from. */
export interface BreakerColumns {
  circuitBreaker: unknown;
  breakerOverride: unknown;
  breakerResetAt: Date | null;
}

/** Most agents have no settings of their own: they share one object. */
const DEFAULT_RULES = breakerRules(DEFAULT_BREAKER_SETTINGS);
const DEFAULT_BREAKER: RouteBreaker = { rules: DEFAULT_RULES, override: null, resetAt: 0 };

export function routeBreaker({ circuitBreaker, breakerOverride, breakerResetAt }: BreakerColumns): RouteBreaker {
  const override = breakerOverride as BreakerOverride | null;
  const isDefault = Object.keys(Object(circuitBreaker)).length === 0;
  if (isDefault && override === null && breakerResetAt === null) return DEFAULT_BREAKER;
  return {
    rules: isDefault ? DEFAULT_RULES : breakerRules(breakerSettingsOf(circuitBreaker)),
    override: override === null ? null : { state: override.state, until: Date.parse(override.until) },
    resetAt: breakerResetAt?.getTime() ?? 0,
  };
}
