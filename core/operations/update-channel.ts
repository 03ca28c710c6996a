import { z } from 'zod';
import type { ChannelKind } from '../domain/channel.ts';
import { checkVersion, nameConflict } from '../services/agents.ts';
import { checkTarget, requireFitting, targetColumns, type WishedTarget } from '../services/channel-target.ts';
import { describeChannel, findChannel, lockChannel } from '../services/channels.ts';
import { addresses, targetOfPeople, withoutSigningValue, writtenChannel } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, name, reference } from './members.ts';

export const updateChannel = defineOperation({
  name: 'update_channel',
  title: 'Change a channel',
  kind: 'W',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description:
    'Changes where a channel leads, or its name; members left out stay as they are. Deliveries that are still to be made go where it leads by then.',
  examples: [
    { channel: 'on-call', addresses: ['oncall@example.com', 'lead@example.com'] },
    { channel: 'pager', new_signing_value: true },
  ],
  input: z.strictObject({
    channel: reference,
    name: name.optional(),
    addresses: addresses.optional(),
    new_signing_value: z
      .literal(true)
      .optional()
      .describe('Of a webhook: the old value signs nothing any more. The new one stands in this answer, once.'),
    expected_version: expectedVersion,
  }),
  inputOfPeople: z.strictObject(targetOfPeople),
  output: writtenChannel,
  rest: { method: 'PATCH', path: '/channels/{channel}' },
  prepare: (context, input) => checkTarget(context, input),
  async run({ transaction, vault, auditTarget }, input, { href, warnings }) {
    const found = await findChannel(transaction, input.channel);
    auditTarget({ kind: 'channel', id: found.id, name: found.name });
    const channel = await lockChannel(transaction, found.id);
    checkVersion(channel, input.expected_version);
    const wished: WishedTarget = input;
    requireFitting(channel.kind as ChannelKind, wished);
    const { columns, signingValue } = await targetColumns(vault, channel, {
      addresses: input.addresses,
      href,
      signsAnew: input.new_signing_value === true,
    });
    const changed = await nameConflict(
      'a channel',
      input.name ?? channel.name,
      transaction.channel.update({
        where: { id: channel.id },
        data: {
          ...(input.name !== undefined && { name: input.name }),
          ...columns,
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
    );
    return { channel: describeChannel(changed), signing_value: signingValue, warnings };
  },
  forReplay: withoutSigningValue,
});
