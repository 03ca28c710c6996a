import { isGrpcServiceError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';

/** gRPC status codes with which a server says that it did not do it (grpc/doc/statuscodes.md). */
const REFUSED = new Set([
  3, // INVALID_ARGUMENT
  5, // NOT_FOUND: the namespace
  7, // PERMISSION_DENIED
  8, // RESOURCE_EXHAUSTED
  12, // UNIMPLEMENTED
  16, // UNAUTHENTICATED
]);

/** The gRPC error that a client's error stands for, if any. */
function grpcCode(error: unknown): number | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isGrpcServiceError(current)) return current.code;
  }
  return undefined;
}

/** Whether Temporal answered that it did not start what it was asked to. A lost answer may hide a start. */
export function isCertainlyRefused(error: unknown): boolean {
  const code = grpcCode(error);
  return code !== undefined && REFUSED.has(code);
}

export function isAlreadyStarted(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError;
}
