import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import { describeChannel, findDeletedChannel, requireRoomForChannel } from '../services/channels.ts';
import { channelView } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { name, reference } from './members.ts';

export const restoreChannel = defineOperation({
  name: 'restore_channel',
  title: 'Restore a deleted channel',
  kind: 'W',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description: 'Brings back a channel deleted within 7 days, and where it leads.',
  examples: [{ channel: 'old-chat' }],
  input: z.strictObject({
    channel: reference.describe('Its ID, or the name that it had.'),
    new_name: name.optional().describe('Needed when the old name is taken by now.'),
  }),
  output: z.object({ channel: channelView }),
  rest: { method: 'POST', path: '/channels/{channel}/restore' },
  async run({ transaction, auditTarget }, input) {
    const found = await findDeletedChannel(transaction, input.channel);
    auditTarget({ kind: 'channel', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM channel WHERE id = ${found.id}::uuid FOR UPDATE`;
    const channel = await findDeletedChannel(transaction, found.id);
    await requireRoomForChannel(transaction);
    const restoredName = input.new_name ?? channel.name;
    const restored = await nameConflict(
      'a channel',
      restoredName,
      transaction.channel.update({
        where: { id: channel.id },
        data: {
          name: restoredName,
          deletedAt: null,
          restorableUntil: null,
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
      'Give new_name to restore it under another name.',
    );
    return { channel: describeChannel(restored) };
  },
});
