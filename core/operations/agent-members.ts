import { z } from 'zod';
import { PublicError } from '../errors.ts';
import { findAgent } from '../services/agents.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { reference } from './members.ts';

/** The settings of an agent that creating and updating share. */

export const rateLimitRpm = z.int().min(1).max(10_000_000);
export const burst = z.int().min(1).max(1_000_000);

export const upstreamUrl = z.string().max(2_048).describe('Base URL of the API; https unless a scheme is given.');

export const healthLimit = z.number().min(0).max(100);

const seconds = (most: number) => z.number().positive().max(most).optional();

export const routing = z.strictObject({
  connect_timeout_seconds: seconds(60),
  first_byte_timeout_seconds: seconds(3_600),
  idle_timeout_seconds: seconds(3_600),
  total_timeout_seconds: seconds(86_400),
  durable_logs: z.boolean().optional().describe("true: each call's log row is on disk before its answer ends."),
  retries: z.int().min(0).max(2).optional().describe('Of idempotent calls that were not answered; default 1.'),
});

const cost = z.number().min(0).max(1_000_000);

export const price = z
  .strictObject({
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'write a code of ISO 4217, such as USD')
      .describe('The same for all agents.'),
    per_request: cost.optional(),
    per_megabyte: cost.optional(),
    llm: z
      .strictObject({
        input_per_million: cost,
        output_per_million: cost,
        cached_input_per_million: cost.optional(),
      })
      .optional()
      .describe('Of tokens, as the upstream counts them in answers like those of OpenAI or Anthropic.'),
  })
  .describe('What calls cost, in units of the currency.');

/** A burst says how the minute's calls may be spread: without a limit it says nothing. */
export function checkBurst(rpm: number | null, burstValue: number | null): void {
  if (burstValue !== null && rpm === null) {
    throw new PublicError('invalid_request', 'burst: needs rate_limit_rpm too.', {
      issues: [{ path: 'burst', message: 'needs rate_limit_rpm too' }],
    });
  }
}

/** People narrow a list of what agents are like to one of them. */
export const oneAgent = z.strictObject({ agent: reference.optional() });

/** What was asked for, with the ID of the agent that people named. */
export async function withAgentId<Asked extends object>(transaction: OrganizationTransaction, asked: Asked) {
  const { agent, ...listing } = asked as Asked & { agent?: string };
  return { ...listing, agentId: agent === undefined ? undefined : (await findAgent(transaction, agent)).id };
}
