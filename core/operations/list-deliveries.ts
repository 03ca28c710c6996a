import { z } from 'zod';
import { DELIVERY_STATES } from '../domain/delivery.ts';
import { findChannel } from '../services/channels.ts';
import { listDeliveries as list } from '../services/deliveries.ts';
import { deliveryView } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf, reference } from './members.ts';

export const listDeliveries = defineOperation({
  name: 'list_deliveries',
  title: 'List deliveries',
  kind: 'R',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description: 'What was told by channels in the last 90 days, the newest first, and what became of it.',
  examples: [{}, { channel: 'on-call' }, { state: 'unknown' }],
  input: z.strictObject({
    alert: z.uuid().optional(),
    channel: reference.optional(),
    state: z.enum(DELIVERY_STATES).optional(),
    ...listed,
  }),
  output: pageOf(deliveryView),
  rest: { method: 'GET', path: '/deliveries' },
  async run({ transaction }, { alert, channel, ...listing }) {
    const channelId = channel === undefined ? undefined : (await findChannel(transaction, channel)).id;
    return list(transaction, { alertId: alert, channelId, ...listing });
  },
});
