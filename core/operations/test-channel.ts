import { z } from 'zod';
import { MOST_TESTS_AN_HOUR } from '../domain/channel.ts';
import { HOUR_MS } from '../domain/times.ts';
import { PublicError } from '../errors.ts';
import { findChannel, lockChannel } from '../services/channels.ts';
import { describeDelivery } from '../services/deliveries.ts';
import { planTest } from '../services/delivery-plan.ts';
import { deliveryView } from './channel-members.ts';
import { defineOperation, type RunContext } from './define-operation.ts';
import { deliverSoon } from './deliver-soon.ts';
import { reference } from './members.ts';

export const testChannel = defineOperation({
  name: 'test_channel',
  title: 'Try a channel out',
  kind: 'W',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description: `Sends a test by this channel, at most ${MOST_TESTS_AN_HOUR} an hour. The delivery's state tells within seconds whether it arrived: list_deliveries.`,
  examples: [{ channel: 'on-call' }],
  input: z.strictObject({ channel: reference }),
  output: z.object({ delivery: deliveryView }),
  rest: { method: 'POST', path: '/channels/{channel}/test', status: 202 },
  async run(context, input) {
    const { transaction, auditTarget, config } = context;
    const found = await findChannel(transaction, input.channel);
    auditTarget({ kind: 'channel', id: found.id, name: found.name });
    const channel = await lockChannel(transaction, found.id);
    await requireFewTests(context);
    const { organizationId } = channel;
    const delivery = await planTest(transaction, channel, {
      type: 'test',
      channel: channel.name,
      organizationId,
      at: new Date().toISOString(),
      url: `${config.publicUrl}/?organization=${organizationId}`,
    });
    deliverSoon(context);
    return { delivery: await describeDelivery(transaction, delivery) };
  },
});

/** Who administers an organization could write to strangers as often as they like, in the name of this installation. */
async function requireFewTests({ transaction }: Pick<RunContext, 'transaction'>): Promise<void> {
  const since = new Date(Date.now() - HOUR_MS);
  const tests = await transaction.delivery.count({ where: { alertId: null, createdAt: { gt: since } } });
  if (tests < MOST_TESTS_AN_HOUR) return;
  throw new PublicError('rate_limited', `At most ${MOST_TESTS_AN_HOUR} tests an hour. Try again later.`, {
    retryAfterSeconds: HOUR_MS / 1_000,
  });
}
