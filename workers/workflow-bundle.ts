import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import sdk from '@temporalio/worker/package.json' with { type: 'json' };
import { failureConverterPath } from '../core/temporal/data-converter.ts';

const root = join(import.meta.dirname, '..');
/** The folders that workflows may import from. */
const sources = ['workflows', 'core/domain'].map((folder) => join(root, folder));

/** A name that changes whenever the bundle would. */
async function nameOfBundle(): Promise<string> {
  const hash = createHash('sha256').update(sdk.version);
  for (const folder of sources) {
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort()) {
      hash.update(name).update(await readFile(join(folder, name)));
    }
  }
  return `workflows-${hash
    .update(await readFile(failureConverterPath))
    .digest('hex')
    .slice(0, 32)}.js`;
}

/**
 * The workflows as one script for Temporal's sandbox. Bundling takes seconds, so a bundle is kept in the folder and made
 * anew only when the sources have changed.
 */
export async function bundleWorkflows(folder: string, logger: Logger): Promise<{ code: string }> {
  const name = await nameOfBundle();
  const file = join(folder, name);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return { code: kept };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows/index.ts'),
    failureConverterPath,
    logger,
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const older of await readdir(folder)) {
    if (/^workflows-[0-9a-f]{32}\.js$/.test(older)) await rm(join(folder, older), { force: true });
  }
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, code, { mode: 0o600 });
  await rename(unfinished, file);
  return { code };
}
