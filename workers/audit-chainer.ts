import { setTimeout as pause } from 'node:timers/promises';
import { openHeadSigner } from '../core/audit/head.ts';
import type { Dependencies } from '../core/dependencies.ts';
import { chainAuditEvents } from '../core/store/chain-audit-events.ts';
import { openPool } from '../core/store/pool.ts';

const POLL_MS = 250;
const RETRY_MS = 1_000;
/** How often a broken chain is looked at again, and told of. */
const BROKEN_MS = 60_000;

/**
 * Gives audit events their place in the chain within a second, until it is stopped. No workflow: it has to go on while
 * Temporal is away, four times a second, and Postgres' own lock says which of several workers does it. It asks instead of
 * listening, because NOTIFY would make all transactions that write an event commit one after the other.
 */
export function startAuditChainer(url: string, { instanceKeys, log }: Pick<Dependencies, 'instanceKeys' | 'log'>) {
  const stopping = new AbortController();
  // A pool of its own: jobs that take long never keep events waiting.
  const pool = openPool({
    connectionString: url,
    max: 1,
    application_name: 'agentgateway-audit-chainer',
    connectionTimeoutMillis: 4_000,
    query_timeout: 30_000,
  });
  const broken = new Set<string>();

  async function pass(): Promise<boolean> {
    const outcome = await chainAuditEvents(pool, await openHeadSigner(instanceKeys), broken);
    for (const [organizationId, reason] of outcome.broken) {
      broken.add(organizationId);
      const words = 'the audit chain of an organization is broken and goes no further: run "npm run audit:verify"';
      log.error({ organization_id: organizationId, reason }, words);
    }
    return outcome.more;
  }

  async function run(): Promise<void> {
    let lookAgainAt = Date.now() + BROKEN_MS;
    for (let failures = 0; !stopping.signal.aborted; ) {
      if (Date.now() >= lookAgainAt) {
        broken.clear();
        lookAgainAt = Date.now() + BROKEN_MS;
      }
      let waitMs = POLL_MS;
      try {
        if (await pass()) waitMs = 0;
        failures = 0;
      } catch (error) {
        if (failures++ % 60 === 0) log.warn({ err: error }, 'audit events wait for their chain; trying again');
        waitMs = RETRY_MS;
      }
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const running = run();
  return {
    async stop(): Promise<void> {
      stopping.abort();
      await running;
      await pool.end();
    },
  };
}
