import { expect, test } from '@jest/globals';
import {
  hasUnseen,
  MOST_RECIPIENTS,
  parseRecipient,
  parseRecipients,
  showAddress,
} from '../../../core/domain/recipient.ts';

test.each([
  ['you@other.test', { name: '', address: 'you@other.test' }],
  ['  You There <you@Other.TEST> ', { name: 'You There', address: 'you@other.test' }],
  ['"There, You" <you+tag@other.test>', { name: 'There, You', address: 'you+tag@other.test' }],
  ['you@other.test <you@other.test>', { name: '', address: 'you@other.test' }],
  // RFC 5891: what is shown is what is dialled.
  ['jürgen@müller.example', { name: '', address: 'jürgen@xn--mller-kva.example' }],
  ['δοκιμή@παράδειγμα.δοκιμή', { name: '', address: 'δοκιμή@xn--hxajbheg2az3al.xn--jxalpdlp' }],
  // A Cyrillic letter among Latin ones shows as what it is.
  ['you@pаypal.test', { name: '', address: 'you@xn--pypal-4ve.test' }],
  ['क्‍ष <you@other.test>', { name: 'क्‍ष', address: 'you@other.test' }],
])('an address as people write it: %s', (text, parsed) => {
  expect(parseRecipient(text)).toEqual(parsed);
});

test.each([
  'you@other.test\r\nBcc: all@other.test',
  'you@other.test\nBcc: all@other.test',
  'You\u0085Bcc: all@other.test <you@other.test>',
  'You\u2028There <you@other.test>',
  'You\u2029There <you@other.test>',
  'You\u0000There <you@other.test>',
  'You\u202eereht <you@other.test>',
  'y\u200bou@other.test',
  'ceo@bank.test <thief@other.test>',
  '"ceo@bank.test" <thief@other.test>',
  'you＠bank.test@other.test',
  'you@bank.test@other.test',
  'you@other.test, all@other.test',
  'you@other.test> SIZE=1 <x@other.test',
  '"quoted part"@other.test',
  'you@[127.0.0.1]',
  'you@127.0.0.1',
  'you@2130706433',
  'you@0x7f.1',
  'you@localhost',
  'you@other..test',
  'you@-other.test',
  'you@other.test:25',
  'you@other.test/path',
  'you@other%2etest',
  '.you@other.test',
  'you..there@other.test',
  `${'y'.repeat(65)}@other.test`,
  `you@${'o'.repeat(64)}.test`,
  `you@${'other.'.repeat(50)}test`,
  `${'Y'.repeat(201)} <you@other.test>`,
  '@other.test',
  'you@',
  'you',
  '',
])('no header and no other address hides in a recipient: %j', (text) => {
  expect(parseRecipient(text)).toEqual({ problem: expect.any(String) });
});

test('1,000 recipients are one clear error, and each address counts once', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `person-${index}@other.test`);
  const refused = parseRecipients({ to: many.slice(0, 500), bcc: many.slice(500) });
  expect(refused).toEqual({
    issues: [{ path: 'to', message: expect.stringMatching(/at most 100 .* these are 1000/) }],
  });
  expect(parseRecipients({ to: many.slice(0, MOST_RECIPIENTS) })).toHaveProperty('recipients');
  expect(
    parseRecipients({ to: ['A <a@x.test>', 'A@X.test'], cc: ['a@x.test', 'b@x.test'], bcc: ['b@x.test'] }),
  ).toEqual({
    recipients: { to: [{ name: 'A', address: 'a@x.test' }], cc: [{ name: '', address: 'b@x.test' }], bcc: [] },
  });
  expect(parseRecipients({ to: ['a@x.test', 'nobody'] })).toEqual({
    issues: [{ path: 'to.1', message: expect.stringContaining('is no e-mail address') }],
  });
});

test('every character that ends a line or hides is found, and words of all scripts pass', () => {
  for (const unseen of [
    '\r',
    '\n',
    '\u0000',
    '\u0085',
    '\u2028',
    '\u2029',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u00ad',
    '\ud800',
  ]) {
    expect([unseen, hasUnseen(`a${unseen}b`)]).toEqual([unseen, true]);
  }
  expect(hasUnseen('Ärger, 日本語, क्‍ष, 👍 and more')).toBe(false);
});

test('an address is shown so that it reads back as itself', () => {
  for (const name of ['', 'You There', 'There, You', 'a "b" c', 'a\\b', '山田']) {
    expect(parseRecipient(showAddress({ name, address: 'you@other.test' }))).toEqual({
      name,
      address: 'you@other.test',
    });
  }
});
