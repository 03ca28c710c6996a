import { firstSync } from './first-sync.ts';

/** The benchmarks of mailboxes by name. */
export const MAIL_BENCHES: Record<string, () => Promise<void>> = { 'first-sync': firstSync };
