import { expect, test } from '@jest/globals';
import { automaticMark } from '../../../core/domain/automatic-mail.ts';
import type { AutomaticMark } from '../../../core/domain/email-message.ts';

test.each<[string, Record<string, string>, string, AutomaticMark | null]>([
  ['a person', {}, 'anna@mail.test', null],
  ['a person whose program says so', { 'auto-submitted': 'no' }, 'anna@mail.test', null],
  [
    'an out-of-office reply',
    { 'auto-submitted': 'auto-replied; owner-email="anna@mail.test"' },
    'anna@mail.test',
    'auto_replied',
  ],
  ['an older one', { precedence: 'auto_reply' }, 'anna@mail.test', 'auto_replied'],
  ['a notification', { 'auto-submitted': 'auto-generated' }, 'shop@mail.test', 'auto_generated'],
  ['one of an unknown kind', { 'auto-submitted': 'auto-something' }, 'shop@mail.test', 'auto_generated'],
  ['Exchange', { 'x-auto-response-suppress': 'DR, OOF, AutoReply' }, 'anna@mail.test', 'auto_generated'],
  ['a list', { 'list-id': '<list.mail.test>' }, 'anna@mail.test', 'list'],
  ['a newsletter', { 'list-unsubscribe': '<https://news.test/off>' }, 'news@mail.test', 'bulk'],
  ['bulk', { precedence: 'bulk' }, 'news@mail.test', 'bulk'],
  ['nobody', {}, 'no-reply@mail.test', 'auto_generated'],
  ['an empty return path', { 'return-path': '<>' }, 'anna@mail.test', 'bounce'],
  [
    'a delivery report',
    { 'content-type': 'multipart/report; report-type=delivery-status; boundary=b' },
    'x@mail.test',
    'bounce',
  ],
  [
    'a read receipt',
    { 'content-type': 'multipart/report; report-type=disposition-notification' },
    'anna@mail.test',
    null,
  ],
  ['the mail system itself', {}, 'MAILER-DAEMON@mail.test', 'bounce'],
  ['something that has been round', { 'x-loop': 'support@mail.test' }, 'anna@mail.test', 'auto_generated'],
])('mail from %s', (_whom, headers, from, mark) => {
  expect(automaticMark(new Map(Object.entries(headers)), from)).toBe(mark);
});
