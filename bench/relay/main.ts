import { stayOnLoadCore } from '../cores.ts';
import { type BenchSetting, withSetting } from './bench-folder.ts';
import { throughput } from './throughput.ts';

const BENCHES: Record<string, (setting: BenchSetting) => Promise<void>> = { throughput };

/** `npm run bench:relay [-- name …]`: the relay's benchmarks, all or those named. */
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BENCHES);
stayOnLoadCore();
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`There is no benchmark "${name}". There are: ${Object.keys(BENCHES).join(', ')}.`);
  console.log(`\n${name}`);
  await withSetting(bench);
}
