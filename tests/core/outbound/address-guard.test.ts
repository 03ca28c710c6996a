import { describe, expect, test } from '@jest/globals';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';

const guard = createAddressGuard([]);

const forbidden: [address: string, kind: string][] = [
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['100.100.100.200', 'carrier-grade NAT'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'link-local or metadata'],
  ['169.254.0.1', 'link-local or metadata'],
  ['169.254.169.254', 'link-local or metadata'],
  ['169.254.170.2', 'link-local or metadata'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'reserved'],
  ['192.0.2.1', 'reserved'],
  ['192.88.99.1', 'reserved'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['198.51.100.7', 'reserved'],
  ['203.0.113.7', 'reserved'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::7f00:1', 'reserved'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::ffff:8.8.8.8', 'IPv4-mapped'],
  ['::ffff:0:127.0.0.1', 'NAT64'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b::a9fe:a9fe', 'NAT64'],
  ['64:ff9b:1::a00:1', 'NAT64'],
  ['100::1', 'discard'],
  ['2001::1', 'teredo'],
  ['2001:2::1', 'benchmarking'],
  ['2001:db8::1', 'reserved'],
  ['2002:7f00:1::', '6to4'],
  ['2002:a9fe:a9fe::1', '6to4'],
  ['3fff::1', 'reserved'],
  ['5f00::1', 'segmentRouting'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'private'],
  ['fe80::1', 'link-local or metadata'],
  ['fe80::1%eth0', 'link-local or metadata'],
  ['fec0::1', 'deprecatedSiteLocal'],
  ['ff02::1', 'multicast'],
  ['not an address', 'unreadable'],
  ['', 'unreadable'],
];

const permitted = [
  '1.1.1.1',
  '8.8.8.8',
  '100.128.0.1',
  '172.32.0.1',
  '2606:4700:4700::1111',
  '2a00:1450:4001:80b::200e',
];

describe('invariant 2: only public unicast addresses are dialled', () => {
  test.each(forbidden)('%s is refused as %s', (address, kind) => {
    expect(guard.refusal(address, 'api.example.com', 443)).toBe(kind);
  });

  test.each(permitted)('%s is let through', (address) => {
    expect(guard.refusal(address, 'api.example.com', 443)).toBeNull();
  });
});

describe('the allow list', () => {
  const opened = createAddressGuard([
    'Billing.Internal:8443',
    '127.0.0.1:9000',
    '[::1]:9000',
    '10.1.0.0/16',
    'fd00::/8',
  ]);

  test.each([
    ['10.9.9.9', 'billing.internal', 8443, null],
    ['10.9.9.9', 'billing.internal', 443, 'private'],
    ['10.9.9.9', 'other.internal', 8443, 'private'],
    ['127.0.0.1', 'localhost', 9000, null],
    ['127.0.0.1', 'localhost', 9001, 'loopback'],
    ['::1', 'localhost', 9000, null],
    ['10.1.2.3', 'anything.test', 80, null],
    ['10.2.2.3', 'anything.test', 80, 'private'],
    ['fd12::1', 'anything.test', 80, null],
    ['::ffff:10.1.2.3', 'anything.test', 80, 'IPv4-mapped'],
  ])('%s asked for as %s:%d gives %s', (address, host, port, expected) => {
    expect(opened.refusal(address, host, port)).toBe(expected);
  });

  test.each(['10.0.0.1', 'localhost', 'localhost:0', 'localhost:70000', 'http://localhost:80', '10.0.0.0/33', '::1'])(
    'refuses the entry %s and names the setting',
    (entry) => {
      expect(() => createAddressGuard([entry])).toThrow('AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS');
    },
  );
});
