import { spawnSync } from 'node:child_process';
import { describe, test } from '@jest/globals';
import { PATH_WITH_SERVERS } from '../../tools/demo/mail/dovecot.ts';
import { hasOutsideClients } from '../e2e/outside/programs.ts';
import { hasMoto } from '../rotation/servers/moto.ts';

/** Programs that tests run, with what brings each: mostly a Debian package. */
const PACKAGES = {
  java: 'default-jre-headless',
  mvn: 'maven',
  'redis-server': 'redis-server',
  chromium: 'chromium',
  nginx: 'nginx',
  dovecot: 'dovecot-imapd',
  postfix: 'postfix, and be root',
  moto: 'moto: tools/install-test-servers.sh',
  'outside clients': 'MCP clients: tools/install-test-servers.sh',
} as const;

function isMissing(program: string): boolean {
  // It gives its processes users of their own.
  if (program === 'postfix' && process.getuid?.() !== 0) return true;
  if (program === 'moto') return !hasMoto();
  if (program === 'outside clients') return !hasOutsideClients();
  const env = { PATH: PATH_WITH_SERVERS };
  return spawnSync(program, ['--version'], { stdio: 'ignore', env }).error !== undefined;
}

/** Tests that need real programs: without them they are skipped on a person's machine, and fail where CI=true. */
export function describeNeeding(programs: (keyof typeof PACKAGES)[], title: string, tests: () => void): void {
  const missing = programs.filter(isMissing).map((program) => PACKAGES[program]);
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const told = `${title} skipped: a server is missing (install ${missing.join(' ')})`;
  if (process.env.CI !== 'true') {
    describe.skip(told, tests);
    return;
  }
  test(told, () => {
    throw new Error(told);
  });
}
