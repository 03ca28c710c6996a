import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * `npm install` runs this: writes the database client to core/store/generated from prisma/schema.prisma. The client has
 * no engine; naming an existing file as the engine keeps the generator from looking for one on the network.
 */
const root = join(import.meta.dirname, '..');
const prisma = join(createRequire(import.meta.url).resolve('prisma/package.json'), '../build/index.js');
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [prisma, 'generate', '--schema', join(root, 'prisma/schema.prisma')],
  {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  },
);
if (status !== 0) {
  console.error(`The database client could not be generated:\n${stdout}${stderr}`);
  process.exitCode = 1;
}
