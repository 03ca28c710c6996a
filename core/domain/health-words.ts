import type { HealthParts } from './health-parts.ts';
import { HEALTH_WINDOW_MS, type HealthPart } from './health-score.ts';

/** A part that costs points, in words that name no tool and no time: each reader has its own. */
export interface ToldPart {
  part: HealthPart;
  points: number;
  why: string;
  /** What brings the points back. */
  restore: string;
  /** RFC 3339: when the last such call leaves the window, or the credential expires. */
  at: string | null;
  /** The operations that show more, or mend it. */
  tools: string[];
}

type Words = Pick<ToldPart, 'why' | 'restore' | 'at' | 'tools'>;

/**
 * The parts of a score that cost something, the dearest first.
 * @param calls of the window
 * @param credentialName null: it is gone by now
 */
export function partsInWords(parts: HealthParts, calls: number, credentialName: string | null): ToldPart[] {
  const told: Record<HealthPart, Words> = {
    errors: errorsInWords(parts.errors, calls),
    latency: latencyInWords(parts.latency, calls),
    throttling: throttlingInWords(parts.throttling, calls),
    breaker: {
      why: `The circuit breaker was open for ${parts.breaker.open_seconds} s of the last hour.`,
      restore: 'They come back as that time leaves the window.',
      at: null,
      tools: ['list_circuit_breakers'],
    },
    credential: credentialInWords(parts.credential, credentialName),
  };
  return (Object.keys(told) as HealthPart[])
    .map((part) => ({ part, points: parts[part].points, ...told[part] }))
    .filter(({ points }) => points > 0)
    .toSorted((one, other) => other.points - one.points);
}

function errorsInWords({ calls: failed, mistaken, outcomes, last_at }: HealthParts['errors'], calls: number): Words {
  const sentences = [
    ...(failed > 0 ? [`${failed} of ${calls} calls failed (${outcomesInWords(outcomes)}).`] : []),
    ...(mistaken > 0
      ? [`${mistaken} of ${calls} were answered with another 4xx; each weighs a tenth of a failed one.`]
      : []),
  ];
  const restore =
    last_at === null
      ? 'Fewer calls that the upstream turns down.'
      : 'If none fails from now on, all of them are back once the last one leaves the window.';
  return { why: sentences.join(' '), restore, at: leavesAt(last_at), tools: ['list_request_logs'] };
}

function latencyInWords(latency: HealthParts['latency'], calls: number): Words {
  const { calls: slow, slow_above_ms, baseline_p95_ms } = latency;
  return {
    why: `${slow} of ${calls} calls took longer than ${inMs(slow_above_ms)}; in the week before, 95 % stayed below ${inMs(baseline_p95_ms)}.`,
    restore: 'All of them are back once no more than one call in twenty is that slow.',
    at: null,
    tools: [],
  };
}

function throttlingInWords({ calls: throttled, outcomes, last_at }: HealthParts['throttling'], calls: number): Words {
  return {
    why: `${throttled} of ${calls} calls were throttled (${outcomesInWords(outcomes)}).`,
    restore: `Fewer calls, or more room: in the agent's rate limit for rate_limited, in the plan for plan_limit_reached, in the upstream's own limit otherwise. If none is throttled from now on, all of them are back once the last one leaves the window.`,
    at: leavesAt(last_at),
    tools: ['update_rate_limit'],
  };
}

function credentialInWords({ expires_at }: HealthParts['credential'], name: string | null): Words {
  return {
    why: `The credential ${name ?? 'that is linked'} expires and does not rotate by itself before.`,
    restore: 'Rotate it, or correct when it expires.',
    at: expires_at,
    tools: ['rotate_credential', 'update_credential'],
  };
}

function outcomesInWords(outcomes: HealthParts['errors']['outcomes']): string {
  return outcomes.map(({ status, error_code, requests }) => `${requests} × ${error_code || status}`).join(', ');
}

function leavesAt(lastAt: string | null): string | null {
  return lastAt === null ? null : new Date(Date.parse(lastAt) + HEALTH_WINDOW_MS).toISOString();
}

function inMs(milliseconds: number | null): string {
  return `${Math.round(milliseconds ?? 0)} ms`;
}
