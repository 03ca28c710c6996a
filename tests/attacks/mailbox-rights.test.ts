import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../core/domain/caller.ts';
import { decidersAbout } from '../../core/services/mailboxes.ts';
import { addressesOf } from '../../core/services/member-addresses.ts';
import { call } from '../core/operations/call.ts';
import { type MailHarness, type SenderBench, startMailHarness } from '../outgoing-email/harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { addMember, seedApp } from '../servers/seed.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';

describeNeeding(['dovecot'], 'a mailbox that not everybody may use', () => {
  let harness: MailHarness;
  let sender: SenderBench;
  /** May do everything but use the mailbox; may read it besides. */
  let stranger: Caller;
  let reader: Caller;
  beforeAll(async () => {
    harness = await startMailHarness({ SMTP_URL: 'smtp://127.0.0.1:1' });
    sender = await harness.sender();
    stranger = await addMember(harness.dependencies.database, sender.caller, 'manager');
    reader = await addMember(harness.dependencies.database, sender.caller, 'manager');
    const own = sender.caller.person.id;
    const another = await seedMailbox(harness.dependencies, sender.caller, {
      dovecot: harness.dovecot,
      address: 'another@acme.test',
    });
    await sender.rows((transaction) =>
      transaction.mailbox.update({ where: { id: another.id }, data: { permissions: { read: [own] } } }),
    );
    await change({ permissions: { read: [own, reader.person.id], draft: [own], send: [own] } });
  });
  afterEach(() => harness?.smtp.reset());
  afterAll(() => harness?.stop());

  const change = (data: object) =>
    sender.rows((transaction) => transaction.mailbox.update({ where: { id: sender.mailbox.id }, data }));
  const run = (caller: Caller, name: string, input: object) => call(harness.dependencies, caller, name, input);
  const send = async (undoSeconds = 0) => {
    const mail = {
      mailbox: sender.mailbox.address,
      to: ['me@other.test', 'you@other.test'],
      text: 'Hello',
      undo_seconds: undoSeconds,
    };
    return String((await sender.call('send_email', mail)).operation_id);
  };
  const inDoubt = async () => {
    harness.smtp.faults.dropUntaken = 1;
    const operation = await send();
    await sender.until(operation, ({ status }) => status === 'unknown');
    return operation;
  };

  test('what becomes of its mails is for who may read it, who asked, and admins', async () => {
    harness.smtp.faults.refuseRecipient = 'you@other.test';
    const operation = await send();
    await sender.ends(operation);
    const { caller: app } = await seedApp(harness.dependencies, stranger, { scopes: ['email:read'] });
    for (const caller of [stranger, app]) {
      await expect(run(caller, 'get_operation', { operation })).rejects.toMatchObject({ code: 'not_found' });
      expect((await run(caller, 'list_operations', {})).items).toEqual([]);
    }
    for (const caller of [reader, sender.caller]) {
      const told = JSON.stringify(await run(caller, 'get_operation', { operation }));
      expect(told).toContain('you@other.test: 550');
      expect((await run(caller, 'list_operations', {})).items).toContainEqual(
        expect.objectContaining({ id: operation }),
      );
    }
  });

  test('that a mail is in doubt is told to those who can decide about it, and to the admins where nobody can', async () => {
    const { database } = harness.dependencies;
    const blind = await addMember(database, sender.caller, 'manager');
    const admin = await addMember(database, sender.caller, 'admin');
    const ids = (...callers: Caller[]) => callers.map(({ person }) => person.id);
    const sending = [sender.caller, blind, stranger, admin];
    await change({ permissions: { read: ids(reader, stranger), draft: null, send: ids(...sending) } });
    const operation = await inDoubt();
    const told = await sender.rows(async (transaction) => {
      const { id: alertId } = await transaction.alert.findFirstOrThrow({ where: { operationId: operation } });
      return transaction.delivery.findMany({ where: { alertId } });
    });
    // Who asked for it, who may read and send, and an admin who may send.
    expect(told.map(({ addresses }) => addresses)).toEqual([
      [sender.caller, stranger, admin].map(({ person }) => person.email),
    ]);
    const decide = { operation, decision: 'sent' };
    await expect(run(blind, 'resolve_operation', decide)).rejects.toMatchObject({ code: 'not_found' });
    await expect(run(reader, 'resolve_operation', decide)).rejects.toMatchObject({ code: 'forbidden' });
    await run(stranger, 'resolve_operation', decide);
    await sender.ends(operation);
    const toNobody = await sender.rows((transaction) =>
      decidersAbout(transaction, { permissions: { read: ids(reader), draft: null, send: ids(blind) } }, null),
    );
    // Then the admins are told (tests/core/services/notices.test.ts).
    expect(await sender.rows((transaction) => addressesOf(transaction, toNobody))).toEqual([]);
    const own = ids(sender.caller);
    await change({ permissions: { read: [...own, ...ids(reader)], draft: own, send: own } });
  });

  test('notices of its mails are shown to those who may see what becomes of them, all others to everybody', async () => {
    const operation = await inDoubt();
    const at = new Date();
    const others = { organizationId: stranger.organizationId, severity: 'info', text: '', since: at, firedAt: at };
    const agent = { targetKind: 'agent', targetId: operation, targetName: sender.mailbox.address };
    await sender.rows(async (transaction) => {
      await transaction.alert.create({ data: { ...others, kind: 'rule', ruleId: operation, name: 'of a rule' } });
      await transaction.alert.create({ data: { ...others, ...agent, kind: 'usage', name: 'of an agent' } });
    });
    const seen = async (caller: Caller) =>
      (await run(caller, 'list_alerts', {})).items.map(({ id }: { id: string }) => id);
    const [notice, ...rest] = (await run(reader, 'list_alerts', {})).items.toReversed();
    expect(notice).toMatchObject({ kind: 'email_in_doubt', operation_id: operation });
    const ofAll = rest.map(({ id }: { id: string }) => id).toReversed();
    expect(ofAll).toHaveLength(2);
    expect(await seen(stranger)).toEqual(ofAll);
    for (const name of ['acknowledge_alert', 'list_alerts'])
      await expect(run(stranger, name, { alert: notice.id })).rejects.toMatchObject({ code: 'not_found' });
    // Who asked for the mail sees its notices, whatever became of their right.
    await change({ permissions: { read: [reader.person.id], send: [sender.caller.person.id] } });
    const asker: Caller = { ...sender.caller, role: 'manager' };
    expect(await seen(asker)).toEqual([...ofAll, notice.id]);
    await run(asker, 'resolve_operation', { operation, decision: 'sent' });
    await sender.ends(operation);
    const own = [asker.person.id];
    await change({ permissions: { read: [...own, reader.person.id], draft: own, send: own } });
  });

  test('only who may send from it takes mails of others back', async () => {
    const operation = await send(600);
    await expect(run(stranger, 'cancel_operation', { operation })).rejects.toMatchObject({ code: 'not_found' });
    await expect(run(reader, 'cancel_operation', { operation })).rejects.toMatchObject({ code: 'forbidden' });
    await sender.call('cancel_operation', { operation });
    expect(await sender.ends(operation)).toMatchObject({ status: 'cancelled' });
  });

  test('only who may send from it, and to whom it may send, has a mail in doubt sent once more', async () => {
    const operation = await inDoubt();
    for (const decision of ['sent', 'resend'])
      await expect(run(reader, 'resolve_operation', { operation, decision })).rejects.toMatchObject({
        code: 'forbidden',
      });
    await change({ recipientBlock: ['other.test'] });
    const resend = { operation, decision: 'resend' };
    await expect(sender.call('resolve_operation', resend)).rejects.toMatchObject({ code: 'refused_by_policy' });
    await change({ recipientBlock: [] });
    await sender.call('resolve_operation', resend);
    expect(await sender.ends(operation)).toMatchObject({ status: 'succeeded' });
    expect(harness.smtp.received).toHaveLength(1);
  });

  test('from a mailbox that is deleted nothing more is sent, also what a server has put off', async () => {
    harness.smtp.faults.greylist = 1;
    const operation = await send();
    await sender.until(operation, ({ step, nextTimerAt }) => step === 'transmit' && nextTimerAt !== null);
    await sender.call('delete_mailbox', { mailbox: sender.mailbox.id });
    expect(await sender.ends(operation)).toMatchObject({
      status: 'failed',
      error: { detail: `The mailbox ${sender.mailbox.address} was deleted.` },
    });
    expect(harness.smtp.received).toEqual([]);
  });
});
