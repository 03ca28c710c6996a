import { AUDIT_BENCHES } from './audit/benches.ts';
import { stayOnLoadCore } from './cores.ts';
import { DASHBOARD_BENCHES } from './dashboard/benches.ts';
import { LOG_BENCHES } from './logs/benches.ts';
import { MAIL_BENCHES } from './mail/benches.ts';
import { MCP_BENCHES } from './mcp/benches.ts';
import { RELAY_BENCHES } from './relay/benches.ts';

const SUITES: Record<string, Record<string, () => Promise<void>>> = {
  relay: RELAY_BENCHES,
  mcp: MCP_BENCHES,
  audit: AUDIT_BENCHES,
  logs: LOG_BENCHES,
  mail: MAIL_BENCHES,
  dashboard: DASHBOARD_BENCHES,
};

/**
 * `npm run bench [-- suite [benchmark …]]`: all benchmarks, those of one suite, or those named. Each prints how its figures
 * stand against what was to be reached and writes them to `bench/results/`.
 */
const [suiteName, ...names] = process.argv.slice(2);
stayOnLoadCore();
for (const suite of suiteName === undefined ? Object.values(SUITES) : [chosen(SUITES, suiteName, 'suite')]) {
  for (const name of names.length > 0 ? names : Object.keys(suite)) {
    console.log(`\n${name}`);
    await chosen(suite, name, 'benchmark')();
  }
}

function chosen<T>(choices: Record<string, T>, name: string, kind: string): T {
  const choice = choices[name];
  if (choice === undefined)
    throw new Error(`There is no ${kind} "${name}". There are: ${Object.keys(choices).join(', ')}.`);
  return choice;
}
