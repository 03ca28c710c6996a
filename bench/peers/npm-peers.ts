import { execFile } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';

const PACKAGES = { fastify: '5.12.8', '@fastify/http-proxy': '11.6.3', '@portkey-ai/gateway': '1.15.2' };

/** The peers written in JavaScript: installed on demand, since the product does not depend on them. @returns their folder */
export async function installedPeers(): Promise<string> {
  const folder = `${cacheFolder}/bench-peers`;
  const names = Object.keys(PACKAGES);
  const areThere = await Promise.all(names.map((name) => access(`${folder}/node_modules/${name}`))).then(
    () => true,
    () => false,
  );
  if (!areThere) {
    await mkdir(folder, { recursive: true });
    const packages = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
    await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...packages]);
  }
  return folder;
}
