import { expect, test } from '@jest/globals';
import { readSubject } from '../../../core/domain/email-subject.ts';

test.each<[string, string, boolean]>([
  ['Question', 'question', false],
  ['Re: Question', 'question', true],
  ['RE: Fwd: AW:  Question ', 'question', true],
  ['Re[2]: Question', 'question', true],
  ['[support] Re: [support] Question', 'question', true],
  ['回复：订单', '订单', true],
  ['[Ticket 12]', '[ticket 12]', false],
  ['Re:', '', true],
  ['Recall: Question', 'recall: question', false],
  ['', '', false],
])('%j is about %j', (subject, base, isReply) => {
  expect(readSubject(subject)).toEqual({ base, isReply });
});

test('a subject of nothing but prefixes costs no time', () => {
  const begun = process.threadCpuUsage();
  readSubject('Re: '.repeat(100_000));
  readSubject('['.repeat(100_000));
  expect(process.threadCpuUsage(begun).user / 1_000).toBeLessThan(50);
});
