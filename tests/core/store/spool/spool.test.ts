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
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { abandonedFolders } from '../../../../core/store/spool/abandoned-folders.ts';
import { decodeFrames, encodeFrame } from '../../../../core/store/spool/frames.ts';
import { setAside } from '../../../../core/store/spool/set-aside.ts';
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

test('a file cut off anywhere gives the whole batches up to there; one changed anywhere all but the changed one', () => {
  const batches = [1, 2, 3].map((number) => batch(number));
  const file = Buffer.concat(batches.map(encodeFrame));
  const ends = batches.map((_, i) => batches.slice(0, i + 1).reduce((sum, each) => sum + encodeFrame(each).length, 0));
  const read = (bytes: Buffer) => {
    let damagedRows = 0;
    const frames = [...decodeFrames(bytes, (rows) => (damagedRows += rows))];
    return { batches: frames.map((frame) => frame.batch), damagedRows };
  };
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.boolean(), (at, isCut) => {
      const hit = ends.findIndex((end) => end > at);
      if (isCut) {
        expect(read(file.subarray(0, at))).toEqual({ batches: batches.slice(0, hit), damagedRows: 0 });
        return;
      }
      const damaged = Buffer.from(file);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
      const found = read(damaged);
      expect(found.batches).toEqual(batches.filter((_, i) => i !== hit));
      // The last one with a greater length looks like one cut off.
      const mayLookCutOff = at >= (ends[1] ?? 0) && at < (ends[1] ?? 0) + 4;
      expect(found.damagedRows).toBeGreaterThanOrEqual(mayLookCutOff ? 0 : 1);
      expect(found.damagedRows).toBeLessThanOrEqual(2);
    }),
  );
  const withHole = Buffer.concat([file, Buffer.alloc(100_000), file]);
  expect(read(withHole)).toEqual({ batches: [...batches, ...batches], damagedRows: 1 });
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

test('what the disk fails to read is lost with nothing around it, and its file is kept for whoever looks', async () => {
  const own = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
  const writerId = randomUUID();
  const folder = await SpoolFolder.create(own, writerId);
  const long = { number: 1, rows: [requestLogRow({ path: 'x'.repeat(200_000) })] };
  for (const each of [long, batch(2)]) await folder.append(each);
  await folder.close();
  const [name = ''] = await readdir(own);
  const handle = await open(join(own, name));
  const read = jest.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'read');
  await handle.close();
  read.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
  const heir = await SpoolFolder.adopt(join(own, name), writerId);
  read.mockRestore();
  expect([heir.batches.map(({ number }) => number), heir.damagedRows]).toEqual([[2], 1]);
  await heir.folder.remove();
  expect(await readdir(own)).toEqual(['unreadable']);
  expect(await readdir(join(own, 'unreadable'))).toEqual([`${name}.000001.frames`]);
  await rm(own, { recursive: true });
});

test('what cannot be read is kept up to 64 MiB', async () => {
  const own = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
  await mkdir(join(own, 'folder'));
  const file = join(own, 'folder', '000001.frames');
  for (const bytes of [40, 30, 20].map((megabytes) => megabytes * 1_048_576)) {
    await writeFile(file, '');
    await truncate(file, bytes);
    await setAside(file);
    await rename(file, join(own, 'folder', `${bytes}`)).catch(() => {});
    await rename(join(own, 'unreadable', 'folder.000001.frames'), join(own, 'unreadable', `${bytes}`)).catch(() => {});
  }
  expect([await readdir(join(own, 'unreadable')), await readdir(join(own, 'folder'))]).toEqual([
    [String(20 * 1_048_576), String(40 * 1_048_576)],
    [String(30 * 1_048_576)],
  ]);
  await rm(own, { recursive: true });
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
