import { expect, test } from '@jest/globals';
import { quote, replyRecipients, replySubject, threadHeaders } from '../../../core/domain/email-reply.ts';

const person = (address: string, name = '') => ({ name, address });
const alice = person('alice@other.test', 'Alice');
const bob = person('bob@other.test');
const us = person('support@acme.test', 'Acme Support');
const own = [us.address];
const asked = { from: [alice], replyTo: [], to: [us, bob], cc: [person('carol@other.test')] };

test('a reply goes to whom the message asks to answer, never to the mailbox itself', () => {
  expect(replyRecipients(asked, { own, all: false })).toEqual({ to: [alice], cc: [], bcc: [] });
  expect(replyRecipients({ ...asked, replyTo: [bob] }, { own, all: false }).to).toEqual([bob]);
  expect(replyRecipients({ ...asked, replyTo: [person('SUPPORT@acme.test')] }, { own, all: false }).to).toEqual([]);
});

test('a reply to all goes to each once', () => {
  expect(replyRecipients({ ...asked, cc: [alice, ...asked.cc] }, { own, all: true })).toEqual({
    to: [alice],
    cc: [bob, person('carol@other.test')],
    bcc: [],
  });
});

test('what the mailbox itself wrote is answered to whom it went', () => {
  const ours = { from: [us], replyTo: [], to: [alice], cc: [bob] };
  expect(replyRecipients(ours, { own, all: false })).toEqual({ to: [alice], cc: [], bcc: [] });
  expect(replyRecipients(ours, { own, all: true })).toEqual({ to: [alice], cc: [bob], bcc: [] });
});

test('Re: stands once, and no line end of the answered subject passes', () => {
  expect(replySubject('The invoice')).toBe('Re: The invoice');
  expect(replySubject('RE: re: The invoice')).toBe('RE: re: The invoice');
  expect(replySubject('Re[2]: The invoice')).toBe('Re[2]: The invoice');
  expect(replySubject('One\r\nBcc: all@other.test\u2028two')).toBe('Re: One Bcc: all@other.test two');
  expect(replySubject('One\ue000two')).toBe('Re: One two');
  expect(replySubject('')).toBe('Re:');
});

test('References hold the first message and the latest ones, and nothing that breaks the header', () => {
  const referenceIds = Array.from({ length: 300 }, (_, index) => `m${index}@other.test`);
  const last = { messageId: 'last@other.test', inReplyTo: 'm299@other.test', referenceIds };
  const { inReplyTo, references } = threadHeaders(last) ?? { inReplyTo: '', references: [] };
  expect(inReplyTo).toBe('last@other.test');
  expect(references).toHaveLength(20);
  expect([references[0], references[1], references.at(-1)]).toEqual([
    'm0@other.test',
    'm282@other.test',
    'last@other.test',
  ]);
  expect(threadHeaders({ ...last, referenceIds: [] })?.references).toEqual(['m299@other.test', 'last@other.test']);
  const hostile = ['a\r\nBcc: all@other.test', 'b> <c', 'd@other.test'];
  expect(threadHeaders({ ...last, referenceIds: hostile })?.references).toEqual(['d@other.test', 'last@other.test']);
  expect(threadHeaders({ ...last, messageId: 'no good' })).toBeNull();
});

test('what is answered is quoted line by line, and no more of it than a person reads', () => {
  const answered = { from: [alice], date: '2026-11-02T09:30:00.000Z' };
  expect(quote(answered, 'One\r\n\r\n> two\n')).toBe('On 2026-11-02 at 09:30 UTC, Alice wrote:\n> One\n>\n>> two');
  const long = quote(answered, 'line\n'.repeat(5_000) + 'x'.repeat(1e6));
  expect([long.split('\n').length, long.endsWith('\n> […]')]).toEqual([202, true]);
});
