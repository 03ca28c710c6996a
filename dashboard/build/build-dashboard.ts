import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { BUILT_FROM, DIST, FOLDER, isBuilt, sourcesHash } from './built.ts';
import { compressFiles } from './compress-files.ts';
import { routesPlugin } from './routes-plugin.ts';

/**
 * Makes `dashboard/dist` from the sources. It is made beside and put in place at once, so that two starts at the same
 * time, and an app that reads meanwhile, never see half of it.
 */
async function buildInto(folder: string): Promise<void> {
  // Whoever starts this, such as a test: React has another build for development, thrice as large.
  process.env.NODE_ENV = 'production';
  await build({
    root: FOLDER,
    configFile: false,
    logLevel: 'warn',
    plugins: [routesPlugin()],
    oxc: { jsx: { runtime: 'automatic' } },
    html: { cspNonce: 'BOOT_NONCE' },
    css: { modules: { generateScopedName: '[name]_[local]_[hash:base64:5]' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      manifest: true,
      chunkSizeWarningLimit: 1_000,
      reportCompressedSize: false,
      rolldownOptions: {
        // What every page needs is one file: as forty it would be 17 KB more, gzipped.
        output: { codeSplitting: { groups: [{ name: 'app', tags: ['$initial'] }] } },
        onLog(level, log, report) {
          // "use client" is for servers that render React; ours does not.
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
        },
      },
    },
  });
}

/** Builds the dashboard where it is missing or older than its sources. @returns whether it had to */
export async function buildDashboard(): Promise<boolean> {
  const hash = await sourcesHash();
  if (await isBuilt(hash)) return false;
  const made = `${DIST}-${randomUUID()}`;
  const replaced = `${made}-old`;
  try {
    await buildInto(made);
    await compressFiles(join(made, 'assets'));
    await writeFile(join(made, BUILT_FROM), hash);
    // Another start was faster, and may be read from already.
    if (await isBuilt(hash)) return true;
    await rename(DIST, replaced).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(made, DIST).catch(async (error: NodeJS.ErrnoException) => {
      // Another start was faster; it built from the same sources.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await Promise.all([made, replaced].map((folder) => rm(folder, { recursive: true, force: true })));
  }
  return true;
}
