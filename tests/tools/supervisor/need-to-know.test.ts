import { expect, test } from '@jest/globals';
import { loadConfig } from '../../../core/config.ts';
import { productProcesses } from '../../../tools/supervisor/product-processes.ts';

test('the relay is told no secret that it has no use for', () => {
  const environment = { SMTP_URL: 'smtps://mailer:hunter2@mail.test', TEMPORAL_API_KEY: 'temporal-secret' };
  const processes = productProcesses({
    config: loadConfig(environment),
    environment,
    databaseUrls: { app: 'a', relay: 'r', logWriter: 'l', jobs: 'j' },
    temporalAddress: 'x:1',
    temporalUiUrl: undefined,
  });
  const relay = processes.find(({ plan }) => plan.name === 'relay');
  expect(Object.keys(relay?.plan.environment ?? {})).not.toContain('SMTP_URL');
  expect(Object.keys(relay?.plan.environment ?? {})).not.toContain('TEMPORAL_API_KEY');
});
