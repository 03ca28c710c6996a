import type { ServerContext } from '@modelcontextprotocol/server';
import type { PrepareContext } from '../core/operations/define-operation.ts';

/**
 * Passes an operation's progress on to a client that gave a token for it; undefined where it gave none. Each message
 * tells more than the one before, as the protocol wants it.
 */
export function progressReporter({ mcpReq }: ServerContext): PrepareContext['reportProgress'] | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let told = -1;
  return ({ done, total, message }) => {
    if (done <= told) return;
    told = done;
    const params = { progressToken, progress: done, total, message };
    // A client that is gone by now hears nothing, and its signal ends the wait.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
