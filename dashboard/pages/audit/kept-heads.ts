import { organization } from '../../client/boot.ts';
import type { Output } from '../../client/registry.ts';

/** A signed head of the chain, as a verification answers it. */
export type SignedHead = NonNullable<Output<'verify_audit_events'>['head']>;

const KEY = `agentgateway-audit-heads-${organization.id}`;
const MOST_KEPT = 20;

/** The heads that this browser got at earlier times, the newest first. A browser without storage keeps none. */
export function keptHeads(): SignedHead[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

export function keepHead(head: SignedHead): void {
  const others = keptHeads().filter(({ sequence }) => sequence !== head.sequence);
  try {
    localStorage.setItem(KEY, JSON.stringify([head, ...others].slice(0, MOST_KEPT)));
  } catch {
    // Storage is full or switched off: the chain is still verified, against the server's own heads.
  }
}
