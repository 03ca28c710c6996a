import { z } from 'zod';
import { createOrganizationAllowance } from '../allowance.ts';
import { ATTEMPT_LOST_AFTER_MS } from '../domain/delivery.ts';
import { PublicError } from '../errors.ts';
import { describeDelivery, findDelivery } from '../services/deliveries.ts';
import { deliveryView } from './channel-members.ts';
import { defineOperation } from './define-operation.ts';
import { deliverSoon } from './deliver-soon.ts';

/** Of one organization: so many at once, then one more each so many milliseconds. Each reaches somebody outside who may not want it. */
const REPETITIONS = { burst: 50, refillMs: 60_000 };
const requireFew = createOrganizationAllowance(REPETITIONS, 'had many deliveries repeated');

export const repeatDelivery = defineOperation({
  name: 'repeat_delivery',
  title: 'Make a delivery again',
  kind: 'W',
  area: 'alerts',
  role: 'admin',
  restOnly: true,
  description:
    'Has a delivery made again that failed, or of which nobody knows whether it arrived: then it may arrive twice, which a person decides here.',
  examples: [{ delivery: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ delivery: z.uuid() }),
  output: z.object({ delivery: deliveryView }),
  rest: { method: 'POST', path: '/deliveries/{delivery}/repeat', status: 202 },
  async run(context, { delivery: id }) {
    const { transaction, auditTarget, caller } = context;
    await transaction.$queryRaw`SELECT id FROM delivery WHERE id = ${id}::uuid FOR UPDATE`;
    const found = await findDelivery(transaction, id);
    auditTarget({ kind: 'delivery', id, name: found.kind });
    if (found.state !== 'failed' && found.state !== 'unknown') {
      throw new PublicError('conflict', `This delivery is ${found.state}: there is nothing to repeat.`);
    }
    const now = new Date();
    if (found.state === 'unknown' && now.getTime() - found.updatedAt.getTime() < ATTEMPT_LOST_AFTER_MS) {
      throw new PublicError('conflict', 'It may be under way still. Repeat it in two minutes, if it has not arrived.');
    }
    requireFew(caller.organizationId);
    const delivery = await transaction.delivery.update({
      where: { id },
      data: { state: 'pending', lastError: null, nextAttemptAt: now, updatedAt: now },
    });
    deliverSoon(context);
    return { delivery: await describeDelivery(transaction, delivery) };
  },
});
