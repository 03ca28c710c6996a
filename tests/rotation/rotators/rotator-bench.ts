import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../../core/outbound/outbound-agent.ts';
import type { RotatorContext } from '../../../core/rotators/key-provider.ts';
import type { MintJournal } from '../../../core/rotators/mint-once.ts';
import { type MintedKey, type MintPlan, RotatorError } from '../../../core/rotators/rotator.ts';

/** Long enough ago for any provider of the tests to have settled. */
export const LONG_AGO = new Date(Date.now() - 3_600_000);

export const MARKER = 'agentgateway-01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d';

/** A rotator's context in which loopback may be dialled and every given host is allowed. */
export function contextOf(given: {
  hosts: string[];
  currentValue: string | null;
  adminValue?: string;
  adminHosts?: string[];
}): RotatorContext {
  const guard = createAddressGuard(['127.0.0.0/8']);
  const { hosts, currentValue, adminValue, adminHosts } = given;
  return {
    agent: createOutboundAgent(createDialer({ guard })),
    credential: { name: 'rotated-key', allowedHosts: hosts, currentValue },
    admin:
      adminValue === undefined
        ? { name: 'rotated-key', allowedHosts: hosts, value: currentValue }
        : { name: 'admin-key', allowedHosts: adminHosts ?? hosts, value: adminValue },
  };
}

/** A journal as the database keeps it, where the time between two attempts has passed at once. */
export class TestJournal implements MintJournal<MintedKey> {
  open: MintPlan | null = null;
  kept: MintedKey | null = null;
  /** Set: the process dies between the provider's answer and our record. */
  crashBeforeKeeping = false;

  async unfinished(): Promise<MintPlan | null> {
    return this.open === null ? null : passed(this.open);
  }

  async begin(plan: MintPlan): Promise<void> {
    this.open = JSON.parse(JSON.stringify(plan)) as MintPlan;
  }

  async keep(minted: MintedKey): Promise<MintedKey> {
    if (this.crashBeforeKeeping) {
      this.crashBeforeKeeping = false;
      throw new Error('the process is gone');
    }
    this.kept = minted;
    this.open = null;
    return minted;
  }

  async abandon(): Promise<void> {
    this.open = null;
  }

  async lose(): Promise<void> {
    this.open = null;
  }
}

/** The plan, when its call and the provider's settling are over. */
export function passed(plan: MintPlan): MintPlan {
  return { ...plan, planned_at: new Date(Date.parse(plan.planned_at) - 600_000).toISOString() };
}

/** The error of a rotator's call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<RotatorError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (thrown) => thrown,
  );
  if (error instanceof RotatorError) return error;
  throw error;
}
