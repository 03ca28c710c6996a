import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  license?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  engines?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const systems = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openharmony'];
const processors = ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64'];

/** What a platform's package is, told from its name: `@biomejs/cli-linux-arm64-musl`. Undefined when the name does not say. */
function platformPackage(name: string, version: string, parent: LockedPackage): LockedPackage | undefined {
  const parts = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = parts.filter((part) => systems.includes(part));
  const cpu = parts.filter((part) => processors.includes(part));
  if (os.length === 0 || cpu.length === 0 || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return undefined;
  const { dev, license, engines } = parent;
  return {
    version,
    cpu,
    ...(dev && { dev }),
    ...(os.includes('linux') && { libc: [parts.some((part) => part.startsWith('musl')) ? 'musl' : 'glibc'] }),
    ...(license && { license }),
    optional: true,
    os,
    ...(engines && { engines }),
  };
}

/**
 * `npm run lockfile`, after a dependency was added: npm leaves out of package-lock.json the programs for other platforms
 * that the registry in use does not carry, and then `npm ci` refuses the file everywhere. This names them again.
 */
const file = join(import.meta.dirname, '../package-lock.json');
const lock = JSON.parse(await readFile(file, 'utf8')) as { packages: Record<string, LockedPackage> };
const added: string[] = [];
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const entry = lock.packages[place] === undefined ? platformPackage(name, version, parent) : undefined;
    if (entry === undefined) continue;
    lock.packages[place] = entry;
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete.' : `Added: ${added.join(', ')}`);
