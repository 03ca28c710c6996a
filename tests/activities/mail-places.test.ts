import { expect, test } from '@jest/globals';
import { MailboxTrouble, withImap } from '../../activities/mailbox-trouble.ts';
import type { MailAccess } from '../../core/services/mail-access.ts';
import type { Mailbox } from '../../core/store/generated/client.ts';

test('an organization whose servers hold every connection takes no place from others', async () => {
  const gate = Promise.withResolvers<void>();
  const client = { close() {} };
  const mail = { openImap: () => gate.promise.then(() => client) } as unknown as MailAccess;
  const errand = (organizationId: string) =>
    withImap(mail, { organizationId, address: 'support@acme.test' } as Mailbox, async () => 'done');
  const held = Array.from({ length: 50 }, () => errand('greedy'));
  await expect(errand('greedy')).rejects.toThrow(MailboxTrouble);
  const other = errand('other');
  gate.resolve();
  expect(await other).toBe('done');
  await Promise.all(held);
  expect(await errand('greedy')).toBe('done');
});
