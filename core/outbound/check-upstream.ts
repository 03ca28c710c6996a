import type { AddressGuard } from './address-guard.ts';
import { type Resolve, resolveAllowed, UpstreamForbiddenError } from './dialer.ts';
import { resolveInTime } from './name-lookup.ts';
import type { UpstreamUrl } from './upstream-url.ts';

/** `reason` may be shown to the person; it names the setting that would allow the address. */
export type UpstreamCheck = { status: 'ok' } | { status: 'unresolved' } | { status: 'forbidden'; reason: string };

/**
 * Tells at configuration time what the dialer would say. Only a forbidden address is a reason to refuse; a name that
 * does not resolve (yet) deserves a warning. The dialer decides again at each connection (invariant 2).
 */
export async function checkUpstream(
  url: UpstreamUrl,
  guard: AddressGuard,
  resolve: Resolve = resolveInTime,
): Promise<UpstreamCheck> {
  try {
    await resolveAllowed(guard, resolve, url.hostname, url.port);
    return { status: 'ok' };
  } catch (error) {
    if (error instanceof UpstreamForbiddenError) return { status: 'forbidden', reason: error.message };
    return { status: 'unresolved' };
  }
}
