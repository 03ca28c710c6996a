import { expect, test } from '@jest/globals';
import { foldQuotes } from '../../../core/domain/fold-quotes.ts';
import { LONGEST_HTML } from '../../../core/email/html-text.ts';
import type { TextPart } from '../../../core/email/message-parts.ts';
import { bytesToRead, LONGEST_TEXT, messageText } from '../../../core/email/message-text.ts';

const part = (more: Partial<TextPart>): TextPart => ({
  part: '1',
  isHtml: false,
  encoding: '7bit',
  charset: 'utf-8',
  flowed: false,
  delSp: false,
  ...more,
});

const HTML = { isHtml: true };
const QUOTED_PRINTABLE = { encoding: 'quoted-printable' };
const lines = '<div>'.concat('a<br>'.repeat(9_900), '</div>').repeat(8);

test.each<[string, Partial<TextPart>, string]>([
  ['blanks before a letter', QUOTED_PRINTABLE, ' '.repeat(LONGEST_TEXT * 1.5 - 1)],
  ['blanks before a letter, as HTML', { ...HTML, ...QUOTED_PRINTABLE }, ' '.repeat(LONGEST_HTML - 1)],
  ['blanks that stay', HTML, '<pre>a'.padEnd(LONGEST_HTML - 1)],
  ['blanks that do not break', HTML, '<p>a'.padEnd(LONGEST_HTML / 2 - 10, '\u00a0')],
  ['quotations in quotations', HTML, '<blockquote>'.repeat(190) + lines],
  ['lists in lists', HTML, '<ul><li>'.repeat(99) + lines],
  ['lines that go on', { flowed: true, delSp: true }, 'a \n'.repeat(LONGEST_TEXT / 2)],
])('whatever a stranger writes, its text is there in a moment: %s', (_what, more, start) => {
  const text = part(more);
  const body = Buffer.from(`${start}x`).subarray(0, bytesToRead(text));
  const begun = performance.now();
  const read = messageText([text], new Map([['1', body]]));
  foldQuotes(read ?? '');
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(read).not.toBeNull();
});

test('the text of quotations in quotations is told, however deep they are', () => {
  const html = `${'<blockquote>'.repeat(40)}innermost${'</blockquote>'.repeat(40)}<p>new</p>`;
  const text = messageText([part(HTML)], new Map([['1', Buffer.from(html)]]));
  expect(text).toBe(`${'> '.repeat(30)}innermost\n\nnew`);
});

test('blanks at the ends of lines are none of a quoted-printable text, those within lines are', () => {
  const body = Buffer.from('a  b \t\r\nc =\r\nd \n  e   ');
  expect(messageText([part(QUOTED_PRINTABLE)], new Map([['1', body]]))).toBe('a  b\nc d\n  e');
});
