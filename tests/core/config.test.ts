import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../core/config.ts';

test.each(['10.0.0.0/33', 'proxy.internal', '10.0.0.1;10.0.0.2'])('a trusted proxy is never misread: %s', (entry) => {
  const load = () => loadConfig({ AGENTGATEWAY_TRUSTED_PROXIES: `127.0.0.1,${entry}` });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow('AGENTGATEWAY_TRUSTED_PROXIES: list addresses');
});

test('trusted proxies are addresses, networks and the names that stand for private ones', () => {
  const { AGENTGATEWAY_TRUSTED_PROXIES: proxies } = loadConfig({
    AGENTGATEWAY_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,2001:db8::1',
  });
  expect(proxies).toEqual(['loopback', '10.0.0.0/8', '2001:db8::1']);
});
