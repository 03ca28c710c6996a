import { once } from 'node:events';
import { z } from 'zod';
import { defineOperation } from '../../core/operations/define-operation.ts';

/** What the operation below tells of the call under way; set anew before each. */
export interface Wait {
  begun: PromiseWithResolvers<void>;
  ended: PromiseWithResolvers<void>;
}

/** An operation that ends when its caller is gone. @param waitOfCall asked when a call begins */
export function waitForEver(waitOfCall: () => Wait) {
  return defineOperation({
    name: 'wait_for_ever',
    title: 'Wait for ever',
    kind: 'R',
    area: null,
    description: 'Ends when its caller is gone.',
    examples: [{}],
    input: z.object({}),
    output: z.object({}),
    rest: { method: 'GET', path: '/wait' },
    async prepare({ signal }) {
      const { begun, ended } = waitOfCall();
      begun.resolve();
      await once(signal, 'abort');
      ended.resolve();
    },
    run: async () => ({}),
  });
}

export function newWait(): Wait {
  return { begun: Promise.withResolvers(), ended: Promise.withResolvers() };
}
