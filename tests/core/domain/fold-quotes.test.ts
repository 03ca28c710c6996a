import { expect, test } from '@jest/globals';
import { foldQuotes } from '../../../core/domain/fold-quotes.ts';

test.each<[string, string, string]>([
  ['an answer above', 'Yes.\n\nOn Mon, 1 Jun 2026, Anna wrote:\n> Really?\n> Anna', 'Yes.\n\n[2 quoted lines]'],
  [
    'an attribution that is wrapped',
    'Yes.\n\nOn Mon, 1 Jun 2026 at 10:00, Anna Long-Name\n<anna@mail.test> wrote:\n\n> Really?',
    'Yes.\n\n[1 quoted line]',
  ],
  ['answers in between', '> One?\nYes.\n> Two?\nNo.', '[1 quoted line]\nYes.\n[1 quoted line]\nNo.'],
  ['German', 'Ja.\n\nAm 1. Juni 2026 schrieb Anna:\n> Wirklich?', 'Ja.\n\n[1 quoted line]'],
  [
    'Outlook',
    'Yes.\n\n-----Original Message-----\nFrom: Anna\nSent: Monday\nTo: Ben\nSubject: Q\n\nReally?',
    'Yes.\n\n[7 quoted lines]',
  ],
  [
    'no quotation',
    'A line with > in it\n\nOn Monday we wrote:\nnothing',
    'A line with > in it\n\nOn Monday we wrote:\nnothing',
  ],
  [
    'what is forwarded with nothing above it stays',
    '-----Original Message-----\nFrom: Anna\nTo: Ben\n\nReally?',
    '-----Original Message-----\nFrom: Anna\nTo: Ben\n\nReally?',
  ],
])('%s', (_what, text, folded) => {
  expect(foldQuotes(text)).toBe(folded);
});

test('a text made to be slow is not', () => {
  const begun = process.threadCpuUsage();
  foldQuotes('On wrote wrote wrote wrote wrote wrote wrote\n> x\n'.repeat(2_000));
  foldQuotes(`${'On x '.repeat(20_000)}\n> x`);
  foldQuotes('>'.repeat(100_000));
  foldQuotes('> \n\n'.repeat(30_000));
  expect(process.threadCpuUsage(begun).user / 1_000).toBeLessThan(1_000);
});
