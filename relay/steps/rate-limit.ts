import type { Step } from '../pipeline.ts';

/** The limits of the agent, the agent key and the plan: all at once, before a secret is touched. */
export const rateLimit: Step = (exchange, { limiter }) => limiter.admit(exchange);
