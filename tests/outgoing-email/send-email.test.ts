import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type MailHarness, type SenderBench, startMailHarness } from './harness.ts';
import { startReceivingServer } from './receiving-server.ts';

describeNeeding(['dovecot'], 'sending a mail', () => {
  let harness: MailHarness;
  let sender: SenderBench;
  beforeAll(async () => {
    harness = await startMailHarness();
    sender = await harness.sender();
  });
  afterEach(() => harness?.smtp.reset());
  afterAll(() => harness?.stop());

  async function send(input: object = {}, by = sender) {
    const mail = {
      mailbox: by.mailbox.address,
      to: ['you@other.test'],
      subject: 'Hello',
      text: 'Hello you',
      undo_seconds: 0,
    };
    const answer = await by.call('send_email', { ...mail, ...input });
    return { operationId: answer.operation_id as string, answer };
  }
  const receivedOf = async (operationId: string, by = sender) => {
    const { messageId } = await by.outgoing(operationId);
    return harness.smtp.received.filter((mail) => mail.messageId === messageId);
  };

  test('goes out once, whole, and a copy stands in Sent', async () => {
    const { operationId } = await send({
      cc: ['Jürgen <jurgen@other.test>'],
      bcc: ['secret@other.test'],
      subject: 'Größe',
    });
    const ended = await sender.ends(operationId);
    expect([ended.status, ended.steps]).toMatchObject(['succeeded', Array(5).fill({ status: 'done' })]);
    const [mail, ...more] = await receivedOf(operationId);
    expect(more).toEqual([]);
    expect(mail?.to).toEqual(['you@other.test', 'jurgen@other.test', 'secret@other.test']);
    expect(mail?.from).toBe(sender.mailbox.address);
    expect(mail?.source).not.toContain('secret@other.test');
    expect(mail?.source).toContain(`From: Acme Support <${sender.mailbox.address}>`);
    expect(mail?.source).toContain('Subject: =?UTF-8?');
    const sent = (await sender.folder('Sent')).filter(({ messageId }) => messageId === mail?.messageId);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.source).toContain('secret@other.test');
    expect(await sender.outgoing(operationId)).toMatchObject({ state: 'sent', attempt: 1, serverAnswer: '250 taken' });
  });

  test('is taken back in its undo window: nothing leaves', async () => {
    const { operationId } = await send({ undo_seconds: 60 });
    await sender.until(operationId, ({ step, nextTimerAt }) => step === 'undo_window' && nextTimerAt !== null);
    await sender.call('cancel_operation', { operation: operationId });
    expect(await sender.ends(operationId)).toMatchObject({ status: 'cancelled' });
    expect(await sender.outgoing(operationId)).toMatchObject({ state: 'cancelled', attempt: 0, handedOverAt: null });
    expect(await receivedOf(operationId)).toEqual([]);
  });

  test('an app cannot shorten the undo window', async () => {
    const { throughApp } = await import('../core/operations/call.ts');
    const app = throughApp(sender.caller, ['email:write']);
    const { sendEmail } = await import('../../core/operations/send-email.ts');
    const { inputSchemaFor } = await import('../../core/operations/invoke.ts');
    const parsed = inputSchemaFor(sendEmail, app).safeParse({ mailbox: 'x', text: 'x', undo_seconds: 0 });
    expect(parsed.success).toBe(false);
  });

  test('a greylisted mail is tried again, and goes out once', async () => {
    harness.smtp.faults.greylist = 1;
    const { operationId } = await send();
    expect(await sender.ends(operationId)).toMatchObject({ status: 'succeeded' });
    expect(await receivedOf(operationId)).toHaveLength(1);
    expect(await sender.outgoing(operationId)).toMatchObject({ attempt: 2 });
  });

  test('can be taken back while the server does not take it', async () => {
    harness.smtp.faults.greylist = 100;
    const { operationId } = await send();
    await sender.until(operationId, ({ step, nextTimerAt }) => step === 'transmit' && nextTimerAt !== null);
    await sender.call('cancel_operation', { operation: operationId });
    expect(await sender.ends(operationId)).toMatchObject({ status: 'cancelled' });
    expect(await receivedOf(operationId)).toEqual([]);
  });

  test('a refused mail fails with the server’s words', async () => {
    harness.smtp.faults.refuseRecipient = 'nobody@other.test';
    const { operationId } = await send({ to: ['you@other.test', 'nobody@other.test'] });
    const { status, error } = await sender.ends(operationId);
    expect(status).toBe('failed');
    expect(error).toMatchObject({
      code: 'email_not_sent',
      detail: expect.stringMatching(/nobody@other.test: 550 5.1.1/),
    });
    expect(await receivedOf(operationId)).toEqual([]);
  });

  test('nothing is said to a server without STARTTLS, and the mail fails at once', async () => {
    const plain = await startReceivingServer({ disabledCommands: ['STARTTLS'], authOptional: true });
    const careful = await harness.sender({ smtpPort: plain.port, smtpTls: 'starttls' });
    const { operationId } = await send({}, careful);
    expect(await careful.ends(operationId)).toMatchObject({ status: 'failed', error: { code: 'email_not_sent' } });
    expect(plain.received).toEqual([]);
    await plain.stop();
  });

  test('a refusal of the final dot is no doubt: the mail is tried again', async () => {
    harness.smtp.faults.answerDot = { code: 451, times: 1 };
    const { operationId } = await send();
    expect(await sender.ends(operationId)).toMatchObject({ status: 'succeeded' });
    expect(await receivedOf(operationId)).toHaveLength(1);
  });

  async function inDoubt(fault: 'dropAfterDot' | 'dropUntaken') {
    harness.smtp.faults[fault] = 1;
    const { operationId } = await send();
    const row = await sender.until(operationId, ({ status }) => status === 'unknown');
    return { operationId, row };
  }

  test('invariant 5: a connection lost after the final dot leaves the mail unknown, and it is never resent by itself', async () => {
    const { operationId, row } = await inDoubt('dropAfterDot');
    expect(row).toMatchObject({ waitingFor: 'resolve', resolution: { decision: null }, step: 'hand_over' });
    await expect(sender.call('cancel_operation', { operation: operationId })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(sender.call('resolve_operation', { operation: operationId, decision: 'keep' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await sender.outgoing(operationId)).toMatchObject({ state: 'unknown', attempt: 1 });
    const { items } = await sender.call('list_alerts', {});
    expect(items).toContainEqual(expect.objectContaining({ kind: 'email_in_doubt', operation_id: operationId }));
    await sender.call('resolve_operation', { operation: operationId, decision: 'sent' });
    expect(await sender.ends(operationId)).toMatchObject({ status: 'succeeded' });
    expect(await receivedOf(operationId)).toHaveLength(1);
    expect(await sender.folder('Sent')).toContainEqual(
      expect.objectContaining({ messageId: (await sender.outgoing(operationId)).messageId }),
    );
  });

  test('a person has it sent once more', async () => {
    const { operationId } = await inDoubt('dropUntaken');
    expect(await receivedOf(operationId)).toEqual([]);
    await sender.call('resolve_operation', { operation: operationId, decision: 'resend' });
    expect(await sender.ends(operationId)).toMatchObject({ status: 'succeeded', resolution: null });
    expect(await receivedOf(operationId)).toHaveLength(1);
  });

  test('a copy that the server put into Sent ends the doubt', async () => {
    const { operationId } = await inDoubt('dropAfterDot');
    const { messageId } = await sender.outgoing(operationId);
    const client = await harness.dovecot.connect(sender.mailbox.login);
    await client.append('Sent', `Message-ID: <${messageId}>\r\nSubject: Hello\r\n\r\nHello\r\n`, ['\\Seen']);
    client.close();
    expect(await sender.ends(operationId)).toMatchObject({ status: 'succeeded' });
    expect((await sender.folder('Sent')).filter((kept) => kept.messageId === messageId)).toHaveLength(1);
    expect(await receivedOf(operationId)).toHaveLength(1);
  });

  test('what the policy wants approved waits for a person, and goes out as it was approved', async () => {
    const careful = await harness.sender();
    await careful.call('update_policy', { require_approval: { send: true } });
    const { operationId } = await send({}, careful);
    const waiting = await careful.until(operationId, ({ waitingFor }) => waitingFor === 'approval');
    expect(harness.smtp.received).toEqual([]);
    const decide = (decision: string) =>
      careful.rows((transaction) =>
        transaction.operation.update({
          where: { id: operationId },
          data: { approval: { ...(waiting.approval as object), decision, decided_by: 'a manager' } },
        }),
      );
    await decide('approved');
    await harness.dependencies.workflows.tellToLook(waiting.workflowId);
    expect(await careful.ends(operationId)).toMatchObject({ status: 'succeeded' });
    expect(await receivedOf(operationId, careful)).toHaveLength(1);
  });

  test('rules are asked again when it leaves: lists, limit, permission, role', async () => {
    const limited = await harness.sender({ sendsPerHour: 1 });
    const change = (data: object) =>
      limited.rows((transaction) => transaction.mailbox.update({ where: { id: limited.mailbox.id }, data }));
    const fails = async (prepare: () => Promise<unknown>, why: RegExp) => {
      const { operationId } = await send({ undo_seconds: 1 }, limited);
      await prepare();
      expect(await limited.ends(operationId)).toMatchObject({
        status: 'failed',
        error: { code: 'email_not_sent', detail: expect.stringMatching(why) },
      });
      expect(await receivedOf(operationId, limited)).toEqual([]);
    };
    await fails(() => change({ recipientBlock: ['other.test'] }), /blocked recipients/);
    await expect(send({}, limited)).rejects.toMatchObject({ code: 'refused_by_policy' });
    await change({ recipientBlock: [], recipientAllow: ['acme.test'] });
    await expect(send({}, limited)).rejects.toMatchObject({ code: 'refused_by_policy' });
    await change({ recipientAllow: [] });
    await fails(() => change({ permissions: { send: [] } }), /may not send mail/);
    await expect(send({}, limited)).rejects.toMatchObject({ code: 'forbidden' });
    await change({ permissions: {} });
    const setRole = (role: string) =>
      limited.rows((transaction) => transaction.membership.updateMany({ data: { role } }));
    await fails(() => setRole('operator'), /may not do it any more/);
    await setRole('admin');
    const { operationId } = await send({}, limited);
    expect(await limited.ends(operationId)).toMatchObject({ status: 'succeeded' });
    await expect(send({}, limited)).rejects.toMatchObject({
      code: 'refused_by_policy',
      message: /at most 1 mails an hour/,
    });
  });

  test('a dry run tells what would go out, and nothing does', async () => {
    const { answer } = await send({ dry_run: true });
    expect(answer).toMatchObject({ operation_id: null, dry_run: true });
    expect(answer.would[0]).toBe(`send "Hello" from ${sender.mailbox.address} to you@other.test`);
  });

  test.each([
    [{ subject: 'Hello\r\nBcc: all@other.test' }, /subject: holds a line end/],
    [{ to: ['you@other.test\r\nBcc: all@other.test'] }, /to.0: holds a line end/],
    [{ to: Array(1_000).fill('you@other.test') }, /at most 100 recipients, these are 1000/],
    [{ to: [] }, /no recipient/],
    [{ mailbox: undefined }, /Give `mailbox`/],
    [{ text: undefined }, /Give `draft`, or the `text`/],
  ])('what cannot be sent is told: %j', async (input, message) => {
    await expect(send(input)).rejects.toThrow(message);
    expect(harness.smtp.received).toEqual([]);
  });

  test('neither Temporal nor audit hold what was written', async () => {
    const text = 'a text that only vault and mailbox hold';
    const { operationId } = await send({ text, subject: 'a subject of mine' });
    const { workflowId } = await sender.ends(operationId);
    const history = JSON.stringify(await harness.client.workflow.getHandle(workflowId).fetchHistory());
    const kept = await sender.rows(async (transaction) => [
      await transaction.auditEvent.findMany(),
      await transaction.outgoingEmail.findMany({ omit: { sealed: true, wrappedKey: true } }),
      await transaction.operation.findMany(),
    ]);
    expect(history).not.toContain(Buffer.from(text).toString('base64').slice(4, 20));
    expect(
      [history, JSON.stringify(kept, (_name, value) => (typeof value === 'bigint' ? String(value) : value))].join(),
    ).not.toContain(text);
    expect(JSON.stringify(kept[0])).not.toContain('a subject of mine');
  });
});
