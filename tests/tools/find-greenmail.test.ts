import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findGreenmail } from '../../tools/demo/mail/find-greenmail.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentgateway-find-greenmail-'));
  await mkdir(join(folder, 'programs'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Looks on a machine that has just these programs, each a shell script, and nothing in its cache. */
async function find(programs: Record<string, string>): Promise<string> {
  const path = join(folder, 'programs');
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  }
  return findGreenmail({ environment: { PATH: path, XDG_CACHE_HOME: join(folder, 'cache') }, say: () => {} });
}

const kept = () => readdir(join(folder, 'cache/agentgateway'));

test('a jar that is not the one that is expected is neither used nor kept', async () => {
  // It runs in the folder that the jar shall come into.
  const mvn = '[ "$1" = --version ] || echo forged > greenmail-standalone-2.1.8.jar';
  await expect(find({ java: '', mvn })).rejects.toThrow('is not the GreenMail that is expected');
  expect(await kept()).toEqual([]);
});

test('what Maven says of a failure is told, and nothing is kept', async () => {
  const mvn = '[ "$1" = --version ] || { echo "[ERROR] Unknown host -> [Help 1]"; echo "[ERROR] more"; exit 1; }';
  await expect(find({ java: '', mvn })).rejects.toThrow(/^Maven could not fetch GreenMail: Unknown host$/);
  expect(await kept()).toEqual([]);
});

test('what is missing is named', async () => {
  await expect(find({})).rejects.toThrow('Java 11 or newer is not installed');
  await expect(find({ java: '' })).rejects.toThrow('Maven, which fetches GreenMail, is not installed');
});
