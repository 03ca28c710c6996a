import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { DAY_MS } from '../domain/times.ts';
import { describeChannel, findChannel, lockChannel } from '../services/channels.ts';
import { channelView } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';

export const deleteChannel = defineOperation({
  name: 'delete_channel',
  title: 'Delete a channel',
  kind: 'D',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description: `Nothing more is told by this channel. A rule whose channels are all deleted tells the admins by e-mail. restore_channel brings it back for ${RESTORABLE_DAYS} days.`,
  examples: [{ channel: 'old-chat' }],
  input: z.strictObject({ channel: reference, dry_run: dryRun }),
  output: z.object({ channel: channelView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/channels/{channel}' },
  async run({ transaction, auditTarget }, input) {
    const found = await findChannel(transaction, input.channel);
    auditTarget({ kind: 'channel', id: found.id, name: found.name });
    const channel = await lockChannel(transaction, found.id);
    const waiting = await transaction.delivery.count({ where: { channelId: channel.id, state: 'pending' } });
    const would = [
      `end the ${waiting} deliveries that are still to be made`,
      `keep "${channel.name}" restorable for ${RESTORABLE_DAYS} days, then destroy where it leads`,
    ];
    if (input.dry_run) return { channel: describeChannel(channel), dry_run: true, would };
    const now = Date.now();
    const deletedChannel = await transaction.channel.update({
      where: { id: channel.id },
      data: {
        deletedAt: new Date(now),
        restorableUntil: new Date(now + RESTORABLE_DAYS * DAY_MS),
        version: { increment: 1 },
        updatedAt: new Date(now),
      },
    });
    return { channel: describeChannel(deletedChannel), dry_run: false, would };
  },
});
