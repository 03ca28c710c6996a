import ipaddr from 'ipaddr.js';
import type { InstanceTransaction } from '../store/database.ts';

/** An address as people write it: an IPv4 address without its IPv6 clothes. */
export function plainAddress(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : 'unknown';
}

/** What stands for one household or office: an IPv4 address, or the first 64 bits of an IPv6 address. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const bytes = parsed.toByteArray().slice(0, 8);
  return `${Buffer.from(bytes).toString('hex')}/64`;
}

export async function isKnownNetwork(
  transaction: InstanceTransaction,
  personId: string,
  network: string,
): Promise<boolean> {
  const known = await transaction.knownNetwork.findUnique({ where: { personId_network: { personId, network } } });
  return known !== null;
}

/** Others' guessing no longer slows this person's sign-ins from there. */
export async function rememberNetwork(
  transaction: InstanceTransaction,
  personId: string,
  network: string,
): Promise<void> {
  const now = new Date();
  await transaction.knownNetwork.upsert({
    where: { personId_network: { personId, network } },
    create: { personId, network, lastSignInAt: now },
    update: { lastSignInAt: now },
  });
}
