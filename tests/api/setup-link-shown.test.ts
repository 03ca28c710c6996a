import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { endWithUs } from '../servers/child-process.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await startTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-set-up-'));
});

afterAll(async () => {
  await database?.stop();
  await rm(dataDir, { recursive: true });
});

test.each(['warn', 'silent'])(
  'an app that starts alone shows the set-up link also at LOG_LEVEL=%s',
  async (level) => {
    const env = {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: level,
      AGENTGATEWAY_DATA_DIR: dataDir,
      AGENTGATEWAY_PUBLIC_URL: 'https://gateway.example',
      DATABASE_URL_APP: database.urls.app,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    const app = endWithUs(spawn(process.execPath, [join(import.meta.dirname, '../../api/main.ts')], { env }));
    const ended = once(app, 'exit');
    const [told] = (await Promise.race([once(createInterface(app.stdout), 'line'), ended])) as [string];
    app.kill('SIGTERM');
    await ended;
    const { setup_url: setupUrl } = JSON.parse(told) as { setup_url?: string };
    expect(setupUrl).toMatch(/^https:\/\/gateway\.example\/setup\/agl_/);
  },
  60_000,
);
