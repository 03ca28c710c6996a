import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { workflowBundle as makeBundle } from '../servers/control-worker.ts';
import { readHistory } from '../servers/history-json.ts';
import { quietTemporalRuntime } from '../servers/quiet-runtime.ts';

const folder = join(import.meta.dirname, '../replay');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

const read = (name: string) => readHistory(readFileSync(join(folder, name), 'utf8'));

let workflowBundle: { code: string };
beforeAll(async () => {
  quietTemporalRuntime();
  workflowBundle = await makeBundle();
});

test('every path of each workflow has a history', () => {
  expect(names).toHaveLength(72);
});

test.each(names)('%s replays', async (name) => {
  await Worker.runReplayHistory({ workflowBundle }, read(name), name);
});

test('a history that the code would not make is refused', async () => {
  const history = read('delete-agent-purged.json');
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events ?? []) {
    if (scheduled?.activityType?.name === 'drainCalls') scheduled.activityType.name = 'purgeAgent';
  }
  const replay = Worker.runReplayHistory({ workflowBundle }, history, 'changed');
  await expect(replay).rejects.toMatchObject({ name: 'DeterminismViolationError' });
});
