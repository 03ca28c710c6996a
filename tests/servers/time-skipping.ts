import type { DataConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { searchAttributes } from '../../tools/temporal/search-attributes.ts';
import { quietTemporalRuntime } from './quiet-runtime.ts';
import { timeSkippingProgram } from './time-skipping-server.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const keyword = 2;

/** A Temporal test server of one's own that skips to the next timer whenever a test waits for a result. */
export async function startTimeSkipping(dataConverter: DataConverter): Promise<TestWorkflowEnvironment> {
  quietTemporalRuntime();
  const temporal = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await timeSkippingProgram() } },
    client: { dataConverter },
  });
  await temporal.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(searchAttributes.map((name) => [name, keyword])),
  });
  return temporal;
}
