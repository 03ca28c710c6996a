import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import { ownEnvironment } from '../../tools/demo/own-environment.ts';

const settings = Object.keys(parseEnv(readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')));

test('the demo takes no server of an installation whose settings stand in its environment, whichever they are', () => {
  const given = { PATH: '/bin', PORT: '8090', ...Object.fromEntries(settings.map((name) => [name, 'given'])) };
  const left = Object.keys(ownEnvironment(given));
  expect(left).toEqual(expect.arrayContaining(['PATH', 'PORT', 'AGENTGATEWAY_ADMIN_EMAIL']));
  expect(left.filter((name) => /^(DATABASE|REDIS|TEMPORAL_(?!PORT|UI_PORT)|SMTP)|MASTER_KEY/.test(name))).toEqual([]);
});
