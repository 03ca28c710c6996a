import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressGuard, ALLOW_LIST_SETTING } from './address-guard.ts';

/** Gives every address of a name; rejects when there is none. */
export type Resolve = (hostname: string) => Promise<{ address: string; family: number }[]>;

/** Makes undici's connectors. The demo replaces it by one that leads every name to its own upstream. */
export type Dialer = (connectTimeoutMs: number) => buildConnector.connector;

/** A tenant's address led to a network that it may not reach. The message may be shown to the tenant. */
export class UpstreamForbiddenError extends Error {
  readonly reason: string;

  constructor(host: string, port: number, reason: string) {
    super(
      `${host} leads to a ${reason} address, which the network guard refuses. Use a public address, or have ` +
        `the installation's operator add "${host}:${port}" to ${ALLOW_LIST_SETTING}.`,
    );
    this.name = 'UpstreamForbiddenError';
    this.reason = reason;
  }
}

/** Every address that the system's resolver knows for a name, in its order. */
export const resolveAll: Resolve = (hostname) => dnsLookup(hostname, { all: true, order: 'verbatim' });

/**
 * Resolves a name and checks all of its addresses.
 * @returns the addresses, all of them allowed
 * @throws UpstreamForbiddenError if only one of them is forbidden; else what the resolver throws
 */
export async function resolveAllowed(guard: AddressGuard, resolve: Resolve, hostname: string, port: number) {
  const host = bareHost(hostname);
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  for (const { address } of addresses) {
    const reason = guard.refusal(address, host, port);
    if (reason !== null) throw new UpstreamForbiddenError(hostname, port, reason);
  }
  return addresses;
}

/**
 * Invariant 2: the network guard sits here. Names are resolved by the `lookup` that the socket itself calls, so the
 * addresses that were checked are the ones dialled and a second answer of the name server changes nothing.
 */
export function createDialer(options: { guard: AddressGuard; resolve?: Resolve }): Dialer {
  const { guard, resolve = resolveAll } = options;
  return (connectTimeoutMs) => {
    // One connector a port: the guard's allow list speaks of ports, of which a lookup is not told.
    const connectors = new Map<number, buildConnector.connector>();
    const connectorFor = (port: number): buildConnector.connector => {
      let connector = connectors.get(port);
      if (!connector) {
        const lookup = guardedLookup(guard, resolve, port);
        connector = buildConnector({
          timeout: connectTimeoutMs,
          allowH2: false,
          lookup,
        } as buildConnector.BuildOptions);
        connectors.set(port, connector);
      }
      return connector;
    };
    return (target, callback) => {
      const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
      const host = bareHost(target.hostname);
      // A socket does not look up what is an address already.
      const reason = isIP(host) === 0 ? null : guard.refusal(host, host, port);
      if (reason === null) connectorFor(port)(target, callback);
      else callback(new UpstreamForbiddenError(target.hostname, port, reason), null);
    };
  };
}

function guardedLookup(guard: AddressGuard, resolve: Resolve, port: number): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllowed(guard, resolve, hostname, port).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error) => callback(error, ''),
    );
  };
}

function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
