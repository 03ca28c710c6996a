import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { createTemporalClient } from '../../core/temporal/workflow-client.ts';
import { registerSearchAttributes } from '../../tools/temporal/search-attributes.ts';
import { quietTemporalRuntime } from './quiet-runtime.ts';
import { askForServer } from './server-keeper.ts';
import type { TemporalFacts } from './temporal-server.ts';

export interface TestTemporal extends TemporalFacts {
  namespace: string;
  connection: Connection;
  client: Client;
  /** For workers. */
  nativeConnection: NativeConnection;
  stop(): Promise<void>;
}

/** A new namespace takes a moment to be known everywhere in the server. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await pause(50)) {
    try {
      await connection.workflowService.listWorkflowExecutions({
        namespace,
        query: 'OperationId = "none"',
        pageSize: 1,
      });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** A namespace of one's own on the real server that the run shares. */
export async function startTestTemporal(dataConverter: DataConverter): Promise<TestTemporal> {
  quietTemporalRuntime();
  const facts = await askForServer<TemporalFacts>('temporal');
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address: facts.address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
  });
  await registerSearchAttributes(facts.address, { TEMPORAL_NAMESPACE: namespace, TEMPORAL_TLS: false });
  await untilKnown(connection, namespace);
  const nativeConnection = await NativeConnection.connect({ address: facts.address });
  return {
    ...facts,
    namespace,
    connection,
    client: createTemporalClient({ connection, namespace, dataConverter }),
    nativeConnection,
    async stop() {
      await nativeConnection.close();
      await connection.close();
    },
  };
}
