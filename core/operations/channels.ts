import { createChannel } from './create-channel.ts';
import { deleteChannel } from './delete-channel.ts';
import { listChannels } from './list-channels.ts';
import { listDeliveries } from './list-deliveries.ts';
import { repeatDelivery } from './repeat-delivery.ts';
import { restoreChannel } from './restore-channel.ts';
import { testChannel } from './test-channel.ts';
import { updateChannel } from './update-channel.ts';

/** Where alerts are told: over REST and on the dashboard. An app may name channels in its rules, never make one. */
export const channelOperations = [
  listChannels,
  createChannel,
  updateChannel,
  deleteChannel,
  restoreChannel,
  testChannel,
  listDeliveries,
  repeatDelivery,
] as const;
