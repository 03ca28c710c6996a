import { access } from 'node:fs/promises';
import { type HeadSigner, openHeadSigner, type SignedHead } from '../core/audit/head.ts';
import { headsFile, readHeads } from '../core/audit/heads-file.ts';
import { loadConfig } from '../core/config.ts';
import { type ChainVerification, verifyChain } from '../core/services/audit-chain.ts';
import { createInstanceKeys } from '../core/services/instance-keys.ts';
import { openDatabase } from '../core/store/database.ts';
import { openJobsDatabase } from '../core/store/jobs-database.ts';
import { openVault } from '../core/vault/open-vault.ts';
import { databaseUrlOf } from './postgres/role-database.ts';

/**
 * `npm run audit:verify [-- heads.jsonl …]`: recomputes every organization's audit chain and holds it against the signed
 * heads of the database, of the data folder and of the files named.
 * @returns the exit code: 1 where something was tampered with
 */
async function main(): Promise<number> {
  const config = loadConfig(process.env);
  const heads = await keptHeads(headsFile(config.AGENTGATEWAY_DATA_DIR), process.argv.slice(2));
  const databaseUrl = await databaseUrlOf('app', config);
  const jobs = openJobsDatabase(await databaseUrlOf('jobs', config));
  const database = openDatabase(databaseUrl, { connections: 2 });
  const vault = await openVault(config, databaseUrl);
  try {
    const signer = await openHeadSigner(createInstanceKeys(database, vault));
    // Also those that only a head still tells of.
    const ids = new Set([...(await jobs.organizationIds()), ...heads.map(({ organization_id }) => organization_id)]);
    let broken = 0;
    for (const organizationId of ids) {
      const signal = new AbortController().signal;
      const report = await verifyChain(database, signer, { organizationId, keptHeads: heads, signal });
      tell(organizationId, report);
      if (report.problem_count > 0) broken += 1;
    }
    console.log(conclusion(ids.size, broken, heads.length, signer));
    return broken === 0 ? 0 : 1;
  } finally {
    await vault.close();
    await database.close();
    await jobs.close();
  }
}

async function keptHeads(ownFile: string, files: string[]): Promise<SignedHead[]> {
  const own = await access(ownFile).then(
    () => [ownFile],
    () => [],
  );
  return (await Promise.all([...own, ...files].map(readHeads))).flat();
}

function tell(organizationId: string, { events, waiting, problem_count, problems }: ChainVerification): void {
  const unchained = waiting === 0 ? '' : `, ${waiting} not chained yet (do the workers run?)`;
  console.log(`${organizationId}: ${events} events${unchained}, ${problem_count} problems`);
  for (const { kind, sequence, detail } of problems) console.log(`  ${kind} at ${sequence}: ${detail}`);
}

function conclusion(organizations: number, broken: number, heads: number, { publicJwk }: HeadSigner): string {
  const against = `${heads} kept heads and those of the database, signed with key ${publicJwk.kid}`;
  return broken === 0
    ? `The audit trail of ${organizations} organizations is whole. Held against ${against}.`
    : `The audit trail of ${broken} of ${organizations} organizations was tampered with. Held against ${against}.`;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
