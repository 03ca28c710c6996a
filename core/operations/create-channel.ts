import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { CHANNEL_KINDS } from '../domain/channel.ts';
import { nameConflict } from '../services/agents.ts';
import {
  checkTarget,
  requireFitting,
  requireTarget,
  targetColumns,
  type WishedTarget,
} from '../services/channel-target.ts';
import { describeChannel, requireRoomForChannel } from '../services/channels.ts';
import { addresses, targetOfPeople, withoutSigningValue, writtenChannel } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { name } from './members.ts';

export const createChannel = defineOperation({
  name: 'create_channel',
  title: 'Create a channel',
  kind: 'W',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description:
    'Makes a way to tell alerts outside the dashboard: by e-mail, by a signed webhook, or by a Slack-compatible one. What webhooks are signed with stands in this answer, once.',
  examples: [
    { name: 'on-call', kind: 'email', addresses: ['oncall@example.com'] },
    { name: 'pager', kind: 'webhook' },
    { name: 'ops-chat', kind: 'slack' },
  ],
  input: z.strictObject({ name, kind: z.enum(CHANNEL_KINDS), addresses: addresses.optional() }),
  inputOfPeople: z.strictObject(targetOfPeople),
  output: writtenChannel,
  rest: { method: 'POST', path: '/channels', status: 201 },
  prepare(context, input) {
    const wished: WishedTarget = input;
    requireFitting(input.kind, wished);
    requireTarget(input.kind, wished);
    return checkTarget(context, wished);
  },
  async run({ transaction, vault, auditTarget }, { name: channelName, kind, addresses: given }, { href, warnings }) {
    await requireRoomForChannel(transaction);
    const { organizationId } = transaction;
    const id = uuid();
    auditTarget({ kind: 'channel', id, name: channelName });
    const wished = { addresses: given, href, signsAnew: kind === 'webhook' };
    const { columns, signingValue } = await targetColumns(vault, { organizationId, id, kind }, wished);
    const channel = await nameConflict(
      'a channel',
      channelName,
      transaction.channel.create({ data: { id, organizationId, name: channelName, kind, ...columns } }),
    );
    return { channel: describeChannel(channel), signing_value: signingValue, warnings };
  },
  forReplay: withoutSigningValue,
});
