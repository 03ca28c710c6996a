import { Context } from '@temporalio/activity';
import type { WatchOutcome } from '../../core/domain/mailbox-sync.ts';
import { LOOK_SIGNAL } from '../../core/domain/rotation-workflow.ts';
import type { Path } from './path.ts';

const sync = { organizationId: 'organization', mailboxId: 'mailbox' };
const syncMailbox = { workflowType: 'syncMailbox', args: [sync] };

/** A mailbox that is watched with these outcomes, then deleted. */
function watches(...outcomes: WatchOutcome[]) {
  const left = outcomes.values();
  return { watchMailbox: async (): Promise<WatchOutcome> => left.next().value ?? { outcome: 'gone' } };
}

/** As the real one: what calls it off ends it in good order. */
function watchUntilCalledOff() {
  let isFirst = true;
  return async (): Promise<WatchOutcome> => {
    if (!isFirst) return { outcome: 'gone' };
    isFirst = false;
    const { cancelled, heartbeat } = Context.current();
    const timer = setInterval(heartbeat, 100);
    await cancelled.catch(() => {}).finally(() => clearInterval(timer));
    return { outcome: 'again' };
  };
}

/** One history for each path through `syncMailbox` and `keepMailboxes`. */
export const mailboxPaths: Record<string, Path> = {
  'sync-mailbox-gone': { ...syncMailbox, activities: watches({ outcome: 'again' }) },
  'sync-mailbox-lost': {
    ...syncMailbox,
    activities: watches({ outcome: 'lost', livedSeconds: 100 }, { outcome: 'lost', livedSeconds: 0 }),
  },
  'sync-mailbox-called-off': {
    ...syncMailbox,
    activities: { watchMailbox: watchUntilCalledOff() },
    during: { activity: 'watchMailbox', act: (workflow) => workflow.signal(LOOK_SIGNAL) },
  },
  'keep-mailboxes-done': {
    workflowType: 'keepMailboxes',
    args: [],
    activities: { startSilentSyncs: async () => {}, purgeDeletedMailboxes: async () => {} },
  },
};
