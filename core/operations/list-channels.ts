import { z } from 'zod';
import { listChannels as list } from '../services/channels.ts';
import { channelView } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { deleted, listed, pageOf } from './members.ts';

export const listChannels = defineOperation({
  name: 'list_channels',
  title: 'List channels',
  kind: 'R',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description: 'The ways in which alerts are told outside the dashboard, and where each leads; never a secret.',
  examples: [{}],
  input: z.strictObject({ deleted, ...listed }),
  output: pageOf(channelView),
  rest: { method: 'GET', path: '/channels' },
  run: ({ transaction }, listing) => list(transaction, listing),
});
