import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type MailHarness, type SenderBench, startMailHarness } from './harness.ts';

describeNeeding(['dovecot'], 'drafts', () => {
  let harness: MailHarness;
  let sender: SenderBench;
  beforeAll(async () => {
    harness = await startMailHarness();
    sender = await harness.sender();
  });
  afterEach(() => harness?.smtp.reset());
  afterAll(() => harness?.stop());

  const write = async (input: object = {}, by = sender) => {
    const mail = {
      mailbox: by.mailbox.address,
      to: ['Anna <anna@other.test>'],
      subject: 'Your order',
      text: 'On its way',
    };
    return by.call('draft_email', { ...mail, ...input });
  };
  const standing = async (draftId: string, folder = 'Drafts') => {
    const { messageId, staleMessageIds } = await sender.draft(draftId);
    return (await sender.folder(folder)).filter((kept) => [messageId, ...staleMessageIds].includes(kept.messageId));
  };

  test('a draft stands in the mailbox’s Drafts when the answer comes', async () => {
    const answer = await write({ bcc: ['boss@acme.test'] });
    expect(answer.draft).toMatchObject({ state: 'open', in_mailbox: true, version: 1 });
    const [draft, ...more] = await standing(answer.draft.id);
    expect(more).toEqual([]);
    expect([...(draft?.flags ?? [])].sort()).toEqual(['\\Draft', '\\Seen']);
    for (const line of ['To: Anna <anna@other.test>', 'Bcc: boss@acme.test', 'Subject: Your order', 'On its way']) {
      expect(draft?.source).toContain(line);
    }
    const { items } = await sender.call('list_email_drafts', {});
    expect(items).toContainEqual(expect.objectContaining({ id: answer.draft.id, to: ['Anna <anna@other.test>'] }));
    expect(harness.smtp.received).toEqual([]);
  });

  test('the same idempotency key makes one draft', async () => {
    const first = await write({ idempotency_key: 'once' });
    const again = await write({ idempotency_key: 'once' });
    expect(again).toEqual(first);
    expect(await standing(first.draft.id)).toHaveLength(1);
  });

  test('a new version takes the place of the old one', async () => {
    const { draft } = await write();
    const before = await standing(draft.id);
    const answer = await sender.call('update_email_draft', {
      draft: draft.id,
      text: 'It has arrived',
      expected_version: 1,
    });
    expect(answer).toMatchObject({ draft: { version: 2, in_mailbox: true } });
    const [now, ...more] = await standing(draft.id);
    expect([more, now?.source.includes('It has arrived'), now?.messageId === before[0]?.messageId]).toEqual([
      [],
      true,
      false,
    ]);
    expect(await sender.folder('Drafts')).not.toContainEqual(
      expect.objectContaining({ messageId: before[0]?.messageId }),
    );
    await expect(
      sender.call('update_email_draft', { draft: draft.id, text: 'x', expected_version: 1 }),
    ).rejects.toMatchObject({ code: 'version_mismatch' });
  });

  test('changes at the same time end as one draft, the newest', async () => {
    const { draft } = await write();
    const texts = ['two', 'three', 'four', 'five'];
    await Promise.all(
      texts.map((text) => sender.call('update_email_draft', { draft: draft.id, text: `version ${text}` })),
    );
    const { version, messageId, staleMessageIds } = await sender.draft(draft.id);
    expect([version, staleMessageIds]).toEqual([5, []]);
    const own = (await sender.folder('Drafts')).filter(({ source }) => source.includes('version '));
    expect(own.map((kept) => kept.messageId)).toEqual([messageId]);
  });

  test('invariant 8: a discarded draft goes to Trash, and comes back', async () => {
    const { draft } = await write();
    const dry = await sender.call('discard_email_draft', { draft: draft.id, dry_run: true });
    expect([dry.operation_id, await standing(draft.id)]).toEqual([null, [expect.anything()]]);
    expect(await sender.call('discard_email_draft', { draft: draft.id })).toMatchObject({
      draft: { state: 'discarded', in_mailbox: false },
    });
    expect([await standing(draft.id), await standing(draft.id, 'Trash')]).toEqual([[], [expect.anything()]]);
    const { items } = await sender.call('list_email_drafts', { deleted: true });
    expect(items).toContainEqual(expect.objectContaining({ id: draft.id, state: 'discarded' }));
    expect(await sender.call('update_email_draft', { draft: draft.id, subject: 'Back' })).toMatchObject({
      draft: { state: 'open', in_mailbox: true },
    });
    expect(await standing(draft.id)).toHaveLength(1);
  });

  test('what somebody took from Drafts in another program is theirs: neither changed nor sent', async () => {
    const { draft } = await write();
    const other = await write();
    const client = await harness.dovecot.connect(sender.mailbox.login);
    await client.mailboxOpen('Drafts');
    for (const { uid } of [...(await standing(draft.id)), ...(await standing(other.draft.id))]) {
      await client.messageDelete(String(uid), { uid: true });
    }
    client.close();
    expect(await sender.call('update_email_draft', { draft: draft.id, text: 'again' })).toMatchObject({
      draft: { state: 'gone', in_mailbox: false },
    });
    const { operation_id } = await sender.call('send_email', { draft: other.draft.id, undo_seconds: 0 });
    expect(await sender.ends(operation_id)).toMatchObject({ status: 'failed', error: { code: 'email_not_sent' } });
    expect([await standing(draft.id), harness.smtp.received]).toEqual([[], []]);
    expect(await sender.draft(other.draft.id)).toMatchObject({ state: 'gone' });
  });

  test('a draft is sent once, whoever asks twice, and leaves Drafts', async () => {
    const { draft } = await write();
    const send = () => sender.call('send_email', { draft: draft.id, undo_seconds: 1 });
    const [one, two] = await Promise.all([send(), send()]);
    expect(one.operation_id).toBe(two.operation_id);
    expect([one.joined, two.joined].sort()).toEqual([false, true]);
    await expect(sender.call('update_email_draft', { draft: draft.id, text: 'late' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(sender.call('discard_email_draft', { draft: draft.id })).rejects.toMatchObject({ code: 'conflict' });
    expect(await sender.ends(one.operation_id)).toMatchObject({ status: 'succeeded' });
    expect(harness.smtp.received).toHaveLength(1);
    while ((await sender.draft(draft.id)).storedVersion !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await standing(draft.id)).toEqual([]);
    await expect(send()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a draft whose sending was taken back can be changed again', async () => {
    const { draft } = await write();
    const { operation_id } = await sender.call('send_email', { draft: draft.id });
    await sender.call('cancel_operation', { operation: operation_id });
    expect(await sender.ends(operation_id)).toMatchObject({ status: 'cancelled' });
    expect(await sender.draft(draft.id)).toMatchObject({ state: 'open' });
    expect(await standing(draft.id)).toHaveLength(1);
  });

  test('a mailbox that is away has the draft once it is back', async () => {
    const { dovecot } = harness;
    const away = await harness.sender({ imapPort: 1 });
    const answer = await write({}, away);
    expect(answer.draft).toMatchObject({ in_mailbox: false });
    expect(await away.until(answer.operation_id, ({ nextTimerAt }) => nextTimerAt !== null)).toMatchObject({
      steps: expect.arrayContaining([expect.objectContaining({ detail: expect.stringMatching(/connecting failed/) })]),
    });
    await away.rows((transaction) =>
      transaction.mailbox.update({ where: { id: away.mailbox.id }, data: { imapPort: dovecot.ports.imaps } }),
    );
    expect(await away.ends(answer.operation_id)).toMatchObject({ status: 'succeeded' });
    expect(await away.folder('Drafts')).toHaveLength(1);
  });
});
