import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Resolve } from './dialer.ts';

/** A caller waits no longer for a name server. */
export const LOOKUP_DEADLINE_MS = 3_000;

/** What stays on this machine is asked of no name server (RFC 6761 §6.3). */
const LOOPBACK = ['127.0.0.1', '::1'];

/**
 * Every address that the name servers know for a name, within a deadline. The dialer's own look-up occupies one of the
 * process' few threads for as long as a stranger's name server pleases; this one occupies none. It does not read the
 * hosts file, so it serves to tell of a mistake early; what is dialled is decided by the dialer alone.
 * @throws Error when there is none in time
 */
export const resolveInTime: Resolve = async (hostname) => {
  if (/(^|\.)localhost\.?$/i.test(hostname)) return LOOPBACK.map(asAddress);
  const resolver = new Resolver({ timeout: LOOKUP_DEADLINE_MS, tries: 1 });
  const deadline = setTimeout(() => resolver.cancel(), LOOKUP_DEADLINE_MS);
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  clearTimeout(deadline);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length === 0) throw new Error(`${hostname} has no address.`);
  return addresses.map(asAddress);
};

function asAddress(address: string): { address: string; family: number } {
  return { address, family: isIP(address) };
}
