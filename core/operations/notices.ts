import { z } from 'zod';
import { notFound } from '../errors.ts';
import { describeNotice, openNotices } from '../services/notices.ts';
import { defineOperation, type OperationDefinition } from './define-operation.ts';

export const noticeView = z.object({
  id: z.uuid(),
  kind: z.string(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  text: z.string(),
  operation_id: z.string().nullable(),
  created_at: z.iso.datetime(),
});

const listNotices = defineOperation({
  name: 'list_notices',
  title: 'List notices',
  kind: 'R',
  area: null,
  restOnly: true,
  role: 'manager',
  description: 'What a person should look at: approvals, values that are waited for, credentials that expire.',
  examples: [{}],
  input: z.strictObject({ limit: z.int().min(1).max(200).default(20) }),
  output: z.object({ items: z.array(noticeView) }),
  rest: { method: 'GET', path: '/notices' },
  run: async ({ transaction }, { limit }) => ({ items: (await openNotices(transaction, limit)).map(describeNotice) }),
});

const dismissNotice = defineOperation({
  name: 'dismiss_notice',
  title: 'Dismiss a notice',
  kind: 'W',
  area: null,
  restOnly: true,
  description: 'Takes a notice off the dashboard.',
  examples: [{ notice: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ notice: z.uuid() }),
  output: z.object({ notice: noticeView }),
  rest: { method: 'POST', path: '/notices/{notice}/dismiss' },
  async run({ transaction, auditTarget }, { notice: id }) {
    const found = await transaction.notice.findFirst({ where: { id } });
    if (found === null) throw notFound('notice', id);
    auditTarget({ kind: 'notice', id, name: found.kind });
    const dismissed = await transaction.notice.update({
      where: { id },
      data: { dismissedAt: found.dismissedAt ?? new Date() },
    });
    return { notice: describeNotice(dismissed) };
  },
});

export const noticeOperations: OperationDefinition[] = [listNotices, dismissNotice];
