import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { makeDataFolder, writePrivateJson } from '../supervisor/data-folder.ts';

/** What the demo's people and scripts sign in with, made at its first start, and what it was filled with. */
export interface DemoSecrets {
  admin_password: string;
  manager_password: string;
  operator_password: string;
  api_token: string;
  mail_password: string;
  agent_key?: string;
  mailbox_id?: string;
}

const fileOf = (dataDir: string): string => join(dataDir, 'demo.json');

export function saveDemoSecrets(dataDir: string, secrets: DemoSecrets): Promise<void> {
  return writePrivateJson(fileOf(dataDir), secrets);
}

export async function demoSecrets(dataDir: string): Promise<DemoSecrets> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as DemoSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = () => `demo-${randomBytes(9).toString('base64url')}`;
  const secrets: DemoSecrets = {
    admin_password: password(),
    manager_password: password(),
    operator_password: password(),
    api_token: newBearerSecret('agt_'),
    mail_password: password(),
  };
  await makeDataFolder(dataDir);
  await saveDemoSecrets(dataDir, secrets);
  return secrets;
}
