import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { createDataConverter } from '../../../core/temporal/data-converter.ts';
import { createPayloadCodec } from '../../../core/temporal/payload-codec.ts';
import { createTemporalClient } from '../../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../../servers/control-worker.ts';
import { startTestTemporal, type TestTemporal } from '../../servers/temporal.ts';

const key = Buffer.alloc(32, 1);
const newerKey = Buffer.alloc(32, 2);
const deletion = { organizationId: 'o', agentId: 'a', operationId: 'p' };

test('a payload encrypted by an older key opens after the key was replaced', async () => {
  const payloads = [defaultPayloadConverter.toPayload('content')];
  const encrypted = await createPayloadCodec(async () => [key]).encode(payloads);
  const opened = await createPayloadCodec(async () => [newerKey, key]).decode(encrypted);
  expect(opened.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['content']);
  await expect(createPayloadCodec(async () => [newerKey]).decode(encrypted)).rejects.toThrow('No key for Temporal');
});

test('a payload that was changed does not open', async () => {
  const codec = createPayloadCodec(async () => [key]);
  const [encrypted] = await codec.encode([defaultPayloadConverter.toPayload('content')]);
  const data = Buffer.from(encrypted?.data ?? []);
  data.writeUInt8(data.readUInt8(20) ^ 1, 20);
  await expect(codec.decode([{ ...encrypted, data }])).rejects.toThrow('it was changed');
});

let temporal: TestTemporal;
const dataConverter = createDataConverter(async () => [key]);

beforeAll(async () => {
  temporal = await startTestTemporal(dataConverter);
});
afterAll(() => temporal?.stop());

/** Arguments, a result and a failure with a secret in message, details and cause pass through a real server. */
async function passThroughServer(secret: string, converter: typeof dataConverter | undefined, workflowId: string) {
  const { nativeConnection: connection, connection: clientConnection, namespace } = temporal;
  const client = createTemporalClient({ connection: clientConnection, namespace, dataConverter: converter ?? {} });
  const activities = {
    refuseNewCalls: async () => ({ deletedAt: secret, restorableUntil: secret, changeXid: secret }),
    drainCalls: async () => {
      throw ApplicationFailure.create({
        message: `upstream said ${secret}`,
        type: 'TypeError',
        nonRetryable: true,
        details: [secret],
        cause: new Error(secret),
      });
    },
    rollBackDeletion: async () => {},
  };
  const worker = await runTestWorker({ connection, client, dataConverter: converter, activities });
  const workflow = await client.workflow.start('deleteAgent', {
    args: [{ ...deletion, secret }],
    workflowId,
    taskQueue: 'control',
    memo: { note: secret },
  });
  await expect(workflow.result()).rejects.toThrow();
  await worker.stop();
  const told = JSON.stringify(await workflow.fetchHistory());
  const described = JSON.stringify((await workflow.describe()).raw);
  return told + described;
}

/** How often a secret shows, also inside base64, where it may begin at any of three positions. */
function traces(stored: string | Buffer, secret: string): number {
  const inBase64 = [0, 1, 2].map((skipped) =>
    Buffer.from(secret).subarray(skipped, -2).toString('base64').slice(0, -4),
  );
  return [secret, ...inBase64, Buffer.from(secret).toString('hex')].filter((form) => stored.includes(form)).length;
}

test('invariant 1: no trace of a secret in what a real Temporal server keeps', async () => {
  const secret = 'sk_live_0123456789abcdefghij';
  const stored = await passThroughServer(secret, dataConverter, 'encrypted');
  expect(stored).toContain('deleteAgent');
  expect(traces(stored, secret)).toBe(0);
  const files = await Promise.all(
    ['', '-wal'].map((suffix) => readFile(temporal.databaseFile + suffix).catch(() => Buffer.alloc(0))),
  );
  expect(Buffer.concat(files).length).toBeGreaterThan(0);
  expect(traces(Buffer.concat(files), secret)).toBe(0);
});

test('the scan sees a secret where the converter is missing', async () => {
  const secret = 'sk_live_zyxwvutsrqponmlkjihg';
  expect(traces(await passThroughServer(secret, undefined, 'plain'), secret)).toBeGreaterThan(0);
});
