import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { giveToDovecot } from './dovecot.ts';

/** A message as it lies in a folder. */
export interface StoredLetter {
  source: string;
  seen: boolean;
  at: Date;
}

/** Puts messages into a maildir past IMAP, the first as the oldest: far quicker than delivering them. */
export async function fillMaildir(maildir: string, letters: Iterable<StoredLetter>): Promise<void> {
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(maildir, name), { recursive: true });
  let number = 0;
  for (const { source, seen, at } of letters) {
    const seconds = Math.floor(at.getTime() / 1_000);
    const file = join(maildir, 'cur', `${seconds}.M${String(number).padStart(6, '0')}.seeded:2,${seen ? 'S' : ''}`);
    await writeFile(file, source, 'latin1');
    await utimes(file, at, at);
    number += 1;
  }
  await giveToDovecot(dirname(maildir));
}
