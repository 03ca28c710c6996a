import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Invariant 1: messages and stacks of failures travel as payloads, so that the codec encrypts them; in clear remain the
 * types of failures. The SDK loads this file by its path, also into the workflows' bundle.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
