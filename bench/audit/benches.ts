import { chaining } from './chaining.ts';

/** The audit trail's benchmarks by name. */
export const AUDIT_BENCHES: Record<string, () => Promise<void>> = { chaining };
