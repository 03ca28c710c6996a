import { ConfigError, loadConfig } from '../core/config.ts';
import { createResetLink, RESET_MINUTES } from '../core/services/password-resets.ts';
import { emailAddress } from '../core/services/people.ts';
import { openDatabase } from '../core/store/database.ts';
import { databaseUrlOf } from './postgres/role-database.ts';
import { readRunFile } from './supervisor/run-file.ts';

/** `npm run reset-password -- kim@example.com`: prints a one-time link to choose a new password. */
async function main(): Promise<void> {
  const email = emailAddress.safeParse(process.argv[2] ?? '');
  if (!email.success) throw new ConfigError('Name the account: npm run reset-password -- kim@example.com');
  const config = loadConfig(process.env);
  const database = openDatabase(await databaseUrlOf('app', config), { connections: 1 });
  try {
    const running = await readRunFile(config.AGENTGATEWAY_DATA_DIR);
    const publicUrl = running?.app_url ?? config.publicUrl;
    const link = await createResetLink({ config: { ...config, publicUrl }, database }, email.data);
    if (link === null) {
      throw new ConfigError(`Nobody signs in as ${email.data}, or three links for them are open: use one of those.`);
    }
    console.log(`Open this within ${RESET_MINUTES} minutes to choose a new password for ${email.data}:\n${link}`);
  } finally {
    await database.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
