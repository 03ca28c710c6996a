import ipaddr from 'ipaddr.js';
import { ConfigError } from '../config.ts';

/** Says why an address may not be dialled, or null when it may. `host` is the name that was asked for, `port` a number. */
export type AddressGuard = {
  refusal(address: string, host: string, port: number): string | null;
};

type Address = ReturnType<typeof ipaddr.parse>;
type Network = [Address, number];

export const ALLOW_LIST_SETTING = 'AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS';

/** Global unicast is all that IANA gives out (RFC 4291 §2.4); what lies outside cannot be a public API. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by its number, private by its use: Azure answers it inside every virtual machine. */
const AZURE_METADATA = '168.63.129.16';

const RANGE_NAMES: Record<string, string> = {
  linkLocal: 'link-local or metadata',
  carrierGradeNat: 'carrier-grade NAT',
  uniqueLocal: 'private',
  ipv4Mapped: 'IPv4-mapped',
  rfc6052: 'NAT64',
  rfc6145: 'NAT64',
};

/**
 * Invariant 2: only public unicast addresses may be dialled for a tenant. Everything else (RFC 6890 and its
 * successors: loopback, private, link-local, tunnels, documentation …) is refused unless the operator of the
 * installation allowed it.
 * @param allowed entries `host:port`, matched on the name asked for and on the address; or `address/prefix`
 * @throws ConfigError when an entry has neither form
 */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const allowedNetworks: Network[] = [];
  const allowedEndpoints = new Set<string>();
  for (const entry of allowed) {
    if (ipaddr.isValidCIDR(entry)) allowedNetworks.push(ipaddr.parseCIDR(entry));
    else allowedEndpoints.add(parseEndpoint(entry));
  }

  const isAllowed = (address: Address, host: string, port: number): boolean =>
    allowedEndpoints.has(endpoint(host, port)) ||
    allowedEndpoints.has(endpoint(address.toString(), port)) ||
    allowedNetworks.some(([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix));

  return {
    refusal(text, host, port) {
      if (!ipaddr.isValid(text)) return 'unreadable';
      const address = ipaddr.parse(text);
      const kind = forbiddenKind(address);
      return kind === null || isAllowed(address, host, port) ? null : kind;
    },
  };
}

/** The kind of a forbidden address in words for people; null for public unicast. */
function forbiddenKind(address: Address): string | null {
  const range = address.range();
  if (range !== 'unicast') return RANGE_NAMES[range] ?? range;
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST)) return 'reserved';
  return address.toString() === AZURE_METADATA ? 'link-local or metadata' : null;
}

function parseEndpoint(entry: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(entry);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65_535) {
    throw new ConfigError(
      `${ALLOW_LIST_SETTING}: "${entry}" is neither host:port nor address/prefix (like 10.0.0.0/8)`,
    );
  }
  return endpoint(match[1], port);
}

function endpoint(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return `${ipaddr.isValid(bare) ? ipaddr.parse(bare).toString() : bare} ${port}`;
}
