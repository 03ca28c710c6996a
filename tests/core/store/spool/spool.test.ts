import { randomUUID } from 'node:crypto';
import {
  appendFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { abandonedFolders } from '../../../../core/store/spool/abandoned-folders.ts';
import { decodeFrames, encodeFrame } from '../../../../core/store/spool/frames.ts';
import { readBatch, SpoolFolder } from '../../../../core/store/spool/spool-folder.ts';
import { requestLogRow } from '../request-log-rows.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
});
afterAll(() => rm(root, { recursive: true }));

const batch = (number: number, rows = 2) => ({ number, rows: Array.from({ length: rows }, () => requestLogRow()) });

/** A folder with one batch, whose process gives no more signs of life. */
async function spoolOf(): Promise<{ path: string; holderFile: string; writerId: string }> {
  const writerId = randomUUID();
  const folder = await SpoolFolder.create(root, writerId);
  await folder.append(batch(1));
  await folder.close();
  const name = (await readdir(root)).find((each) => each.startsWith(writerId)) ?? '';
  return { path: join(root, name), holderFile: join(root, name, 'holder.json'), writerId };
}

const isAbandoned = async (path: string) => (await abandonedFolders(root)).some((folder) => folder.path === path);
const rewrite = async (file: string, change: object) =>
  writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));

test('a file cut off or changed anywhere gives whole batches, in order, up to there', () => {
  const batches = [1, 2, 3].map((number) => batch(number));
  const file = Buffer.concat(batches.map(encodeFrame));
  const ends = batches.map((_, i) => batches.slice(0, i + 1).reduce((sum, each) => sum + encodeFrame(each).length, 0));
  const read = (bytes: Buffer) => [...decodeFrames(bytes)].map((frame) => frame.batch);
  fc.assert(
    fc.property(fc.nat(file.length), fc.boolean(), (at, isCut) => {
      const damaged = Buffer.from(isCut ? file.subarray(0, at) : file);
      if (!isCut && at < file.length) damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
      const whole = isCut || at < file.length ? ends.filter((end) => end <= at).length : batches.length;
      expect(read(damaged)).toEqual(batches.slice(0, whole));
    }),
  );
});

test('an unfinished folder that cannot be removed keeps nobody from the others', async () => {
  const long = (levels: number) => join(...Array.from({ length: levels }, () => 'x'.repeat(200)));
  const stuck = join(root, `.${randomUUID()}.00000000`, long(10));
  const deep = join(root, 'deep');
  await mkdir(stuck, { recursive: true });
  await mkdir(join(deep, long(15)), { recursive: true });
  // By no path can what is in it be named any more.
  await rename(deep, join(stuck, 'deep'));
  const { path, holderFile } = await spoolOf();
  await rewrite(holderFile, { began: '1' });
  expect(await isAbandoned(path)).toBe(true);
  await rename(join(stuck, 'deep'), deep);
});

test('what was acknowledged is there for whoever takes the folder over, in the order of the batches', async () => {
  const folder = await SpoolFolder.create(root, randomUUID());
  const batches = [3, 1, 2].map((number) => batch(number));
  await Promise.all(batches.map((each) => folder.append(each)));
  await folder.close();
  const name = (await readdir(root)).find((each) => each.startsWith(folder.writerId)) ?? '';
  await appendFile(join(root, name, '000001.frames'), encodeFrame(batch(4)).subarray(0, 100));
  const heir = await SpoolFolder.adopt(join(root, name), folder.writerId);
  const read = await Promise.all(heir.batches.map(({ place }) => readBatch(place)));
  await heir.folder.remove();
  expect(read).toEqual([batches[1], batches[2], batches[0]]);
});

test('a batch that comes in the very moment in which another is on disk is written too', async () => {
  const folder = await SpoolFolder.create(root, randomUUID());
  await folder.append(batch(1));
  await folder.append(batch(2));
  await folder.remove();
}, 5_000);

test('a folder that cannot be read is let go: whoever looks next may take it', async () => {
  const { path, writerId, holderFile } = await spoolOf();
  await rewrite(holderFile, { began: '1' });
  const unreadable = join(path, '000002.frames');
  await mkdir(unreadable);
  await expect(SpoolFolder.adopt(path, writerId)).rejects.toThrow('EISDIR');
  expect(await isAbandoned(path)).toBe(true);
  await rmdir(unreadable);
  const { folder, batches } = await SpoolFolder.adopt(path, writerId);
  await folder.remove();
  expect(batches.map(({ number }) => number)).toEqual([1]);
});

test('while the disk takes nothing, files that hold nothing do not pile up', async () => {
  const folder = await SpoolFolder.create(root, randomUUID());
  const name = (await readdir(root)).find((each) => each.startsWith(folder.writerId)) ?? '';
  const handle = await open(join(root, name));
  const sync = jest.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'datasync');
  await handle.close();
  sync.mockRejectedValue(new Error('ENOSPC: no space left on device'));
  for (let i = 0; i < 10; i += 1) await expect(folder.append(batch(1))).rejects.toThrow('ENOSPC');
  const frames = async () => (await readdir(join(root, name))).filter((file) => file.endsWith('.frames'));
  expect(await frames()).toHaveLength(1);
  sync.mockRestore();
  await folder.append(batch(1));
  expect(await frames()).toHaveLength(1);
  await folder.remove();
});

describe('a spool is taken over from a dead process only', () => {
  test('one whose number is free, or belongs to another process by now', async () => {
    const { path, holderFile } = await spoolOf();
    expect(await isAbandoned(path)).toBe(false);
    await rewrite(holderFile, { began: '1' });
    expect(await isAbandoned(path)).toBe(true);
    await rewrite(holderFile, { pid: 2 ** 30 });
    expect(await isAbandoned(path)).toBe(true);
  });

  test('where numbers do not compare, as with another container: one without a sign of life for a minute', async () => {
    const { path, holderFile } = await spoolOf();
    await rewrite(holderFile, { began: '1', numbering: 'another kernel' });
    expect(await isAbandoned(path)).toBe(false);
    const past = new Date(Date.now() - 61_000);
    await utimes(holderFile, past, past);
    expect(await isAbandoned(path)).toBe(true);
  });

  test('and one that lives on all the same acknowledges nothing more', async () => {
    const folder = await SpoolFolder.create(root, randomUUID());
    await folder.append(batch(1));
    const name = (await readdir(root)).find((each) => each.startsWith(folder.writerId)) ?? '';
    const heir = await SpoolFolder.adopt(join(root, name), folder.writerId);
    await expect(folder.append(batch(2))).rejects.toThrow('took the spool over');
    expect(folder.isLost).toBe(true);
    await Promise.all([folder.close(), heir.folder.remove()]);
  });
});
