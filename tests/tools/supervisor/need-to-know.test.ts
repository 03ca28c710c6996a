import { expect, test } from '@jest/globals';
import { loadConfig } from '../../../core/config.ts';
import { productProcesses } from '../../../tools/supervisor/product-processes.ts';

test('the relay is told no secret that it has no use for', () => {
  const environment = {
    SMTP_URL: 'smtps://mailer:hunter2@mail.test',
    TEMPORAL_API_KEY: 'temporal-secret',
    TEMPORAL_TLS_CLIENT_KEY_DATA: 'temporal-secret',
  };
  const processes = productProcesses({
    config: loadConfig(environment),
    environment,
    databaseUrls: { app: 'a', relay: 'r', logWriter: 'l', jobs: 'j' },
    temporalAddress: 'x:1',
    temporalUiUrl: undefined,
  });
  const told = (name: string) => processes.find(({ plan }) => plan.name === name)?.plan.environment;
  for (const name of ['app', 'workers']) expect(told(name)).toMatchObject(environment);
  expect(Object.keys(told('relay') ?? {}).filter((setting) => setting in environment)).toEqual([]);
});
