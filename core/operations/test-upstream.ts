import { z } from 'zod';
import { UPSTREAM_STEPS } from '../outbound/try-upstream.ts';
import { TRIALS, tryUpstreamUrl } from '../services/upstream-trials.ts';
import { upstreamUrl } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';

export const testUpstream = defineOperation({
  name: 'test_upstream',
  title: 'Try an upstream out',
  kind: 'W',
  area: 'agents',
  restOnly: true,
  description: `Sends one GET, with no credential, to an upstream's base URL, as the relay would reach it, and tells how it answers or which step fails; of an answer only the status. Changes nothing. At most ${TRIALS.burst} at once, then one each ${TRIALS.refillMs / 1_000} seconds.`,
  examples: [{ upstream_url: 'https://api.stripe.com' }],
  input: z.strictObject({ upstream_url: upstreamUrl }),
  output: z.object({
    works: z.boolean().describe('It answers, whatever the status.'),
    status: z.int().nullable(),
    latency_ms: z.int().nullable(),
    failed_step: z.enum(UPSTREAM_STEPS).nullable(),
    why: z.string().nullable(),
  }),
  rest: { method: 'POST', path: '/upstreams/test' },
  prepare: (context, input) => tryUpstreamUrl(context, input.upstream_url),
  async run(_context, _input, trial) {
    if (trial.outcome === 'failed') {
      return { works: false, status: null, latency_ms: null, failed_step: trial.step, why: trial.why };
    }
    const { status, latencyMs } = trial;
    return { works: true, status, latency_ms: latencyMs, failed_step: null, why: null };
  },
});
