import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A process that holds spool folders, told from a later one of the same number by the moment at which it began. */
interface Holder {
  pid: number;
  began: string;
  /** The kernel's run and the process numbering (containers have their own) in which `pid` means something. */
  numbering: string;
}

const HOLDER_FILE = 'holder.json';

/** How often a holder shows that it lives. */
export const SIGN_OF_LIFE_MS = 5_000;

/** Without a sign of life for so long a holder whose process cannot be looked at is dead. */
const SILENCE_MS = 60_000;

function holderOf(pid: number): Holder | undefined {
  try {
    // proc(5): after the command, which stands in parentheses, come field 3 and, 19 further on, the start time.
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return { pid, began: fields[19] ?? '', numbering: numbering() };
  } catch {
    return undefined;
  }
}

function numbering(): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
}

/**
 * Says in the folder that this process holds it, whoever did before.
 * @returns the words, by which it can be told later whether they still stand
 */
export async function writeHolder(folder: string): Promise<string> {
  const text = JSON.stringify({ ...holderOf(process.pid), claim: randomUUID() });
  const unfinished = join(folder, `${HOLDER_FILE}.${process.pid}`);
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, join(folder, HOLDER_FILE));
  return text;
}

/** Whether nobody else has taken the folder since. */
export async function isStillHeld(folder: string, text: string): Promise<boolean> {
  return (await readFile(join(folder, HOLDER_FILE), 'utf8').catch(() => '')) === text;
}

/** Lets go of the folder, unless somebody else has taken it: for whoever looks next it is a dead one's. */
export async function removeHolder(folder: string, text: string): Promise<void> {
  if (await isStillHeld(folder, text)) await rm(join(folder, HOLDER_FILE), { force: true });
}

export async function giveSignOfLife(folder: string): Promise<void> {
  const now = new Date();
  await utimes(join(folder, HOLDER_FILE), now, now);
}

/**
 * Whether the process that holds the folder has certainly ended: its number belongs to nobody or to another process, or,
 * where numbers do not compare (another container or machine, a system without /proc), it gave no sign of life for a
 * minute.
 */
export async function isHolderDead(folder: string): Promise<boolean> {
  const file = join(folder, HOLDER_FILE);
  const found = await Promise.all([readFile(file, 'utf8'), stat(file)]).catch(() => undefined);
  // A folder gets its name with the holder in it, and is removed files first (spool-folder.ts).
  if (found === undefined) return true;
  const [text, { mtimeMs }] = found;
  const holder = parseHolder(text);
  const self = holderOf(process.pid);
  if (holder !== undefined && self !== undefined && holder.numbering === self.numbering) {
    return holderOf(holder.pid)?.began !== holder.began;
  }
  return Date.now() - mtimeMs > SILENCE_MS;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.pid === 'number' ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
