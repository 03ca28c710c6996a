import { ConfigError, loadConfig } from '../core/config.ts';
import { type Rewrapping, rewrapKeysOf } from '../core/services/rewrap-keys.ts';
import { openDatabase } from '../core/store/database.ts';
import { openJobsDatabase } from '../core/store/jobs-database.ts';
import { VaultUnavailableError } from '../core/vault/key-wrapper.ts';
import type { MasterKeys } from '../core/vault/master-key.ts';
import { openVaultKeys } from '../core/vault/open-vault.ts';
import { databaseUrlOf } from './postgres/role-database.ts';

const PROGRESS_MS = 2_000;

/**
 * `npm run rotate-master-key`: brings every key under the first entry of AGENTGATEWAY_MASTER_KEY while everything runs.
 * Ended at any moment, it goes on where it was.
 */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const databaseUrl = await databaseUrlOf('app', config);
  const jobs = openJobsDatabase(await databaseUrlOf('jobs', config));
  const database = openDatabase(databaseUrl, { connections: 1 });
  const keys = await openVaultKeys(config, databaseUrl);
  try {
    const problems = await rewrapUntilNothingIsLeft(await jobs.organizationIds(), { database, keys });
    for (const problem of problems.slice(0, 20)) console.error(problem);
    if (problems.length > 0) {
      throw new ConfigError(`${problems.length} keys stay as they were. Nothing can be removed from the list yet.`);
    }
    console.log(conclusion(keys.masterKeys));
  } finally {
    await keys.close();
    await database.close();
    await jobs.close();
  }
}

/** Repeats until a pass finds nothing: a process with another list may have wrapped more meanwhile. */
async function rewrapUntilNothingIsLeft(
  organizationIds: readonly string[],
  parts: Pick<Rewrapping, 'database' | 'keys'>,
): Promise<string[]> {
  for (;;) {
    const problems: string[] = [];
    let rewrapped = 0;
    let toldAt = Date.now();
    for (const [index, owner] of [null, ...organizationIds].entries()) {
      await rewrapKeysOf(owner, {
        ...parts,
        onLeft: (problem) => problems.push(problem),
        onRewrapped(count) {
          rewrapped += count;
          if (Date.now() - toldAt < PROGRESS_MS) return;
          toldAt = Date.now();
          console.log(`${rewrapped} keys rewrapped, ${index} of ${organizationIds.length} organizations done`);
        },
      });
    }
    console.log(`${rewrapped} keys rewrapped in ${organizationIds.length} organizations`);
    if (rewrapped === 0) return problems;
  }
}

function conclusion([first, ...others]: MasterKeys): string {
  const done = `Every key is wrapped by the first entry of AGENTGATEWAY_MASTER_KEY (${first.id}).`;
  if (others.length === 0) return done;
  return [
    done,
    `Once every process runs with this very list, the others can be removed: ${others.map(({ id }) => id).join(', ')}.`,
    'Was one still running with another first entry just now? Then restart it and run this once more before.',
    'Backups made until now still need the old key: keep it as long as you keep them.',
  ].join('\n');
}

try {
  await main();
} catch (error) {
  const told = error instanceof VaultUnavailableError ? error.cause : error;
  console.error(told instanceof Error ? told.message : told);
  if (!(error instanceof ConfigError)) console.error('What is done is done: run this again to go on.');
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
