import { watch } from '../../activities/mailbox-sync.ts';
import { loadConfig } from '../../core/config.ts';
import { openControlPlane } from '../../core/control-plane.ts';
import { createLogger } from '../../core/log.ts';

/** One sync of the mailbox of `ORGANIZATION_ID` and `MAILBOX_ID`, from nothing to all; tells how long it took and its memory. */
const organizationId = process.env.ORGANIZATION_ID ?? '';
const mailboxId = process.env.MAILBOX_ID ?? '';
const { dependencies, close } = await openControlPlane(loadConfig(process.env), createLogger('sync'));
const { database } = dependencies;
const off = new AbortController();
const begun = performance.now();
const looking = setInterval(async () => {
  const { syncState } = await database.inOrganization(organizationId, (transaction) =>
    transaction.mailbox.findUniqueOrThrow({ where: { id: mailboxId } }),
  );
  if (syncState === 'live') off.abort();
}, 100);
const outcome = await watch(dependencies, { organizationId, mailboxId }, off.signal);
clearInterval(looking);
const seconds = (performance.now() - begun) / 1_000;
process.stdout.write(`${JSON.stringify({ outcome, seconds, peakMib: process.resourceUsage().maxRSS / 1_024 })}\n`);
await close();
process.exit(0);
