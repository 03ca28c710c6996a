import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { InstanceKeys } from '../services/instance-keys.ts';
import { createPayloadCodec, type PayloadKeys } from './payload-codec.ts';

/** For the workflows' bundle, which needs it by path. */
export const failureConverterPath = join(import.meta.dirname, 'failure-converter.ts');

/** The installation's keys for Temporal payloads. */
export function payloadKeys(instanceKeys: InstanceKeys): PayloadKeys {
  return async () => [await instanceKeys.key('temporal-payloads')];
}

/** How clients and workers write and read what Temporal keeps: encrypted, failures included. */
export function createDataConverter(keys: PayloadKeys): DataConverter {
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath };
}
