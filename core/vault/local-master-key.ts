import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config.ts';
import { aesWrappingKey } from './aes-wrapping-key.ts';
import type { MasterKey } from './master-key.ts';

/**
 * A master key that this process holds.
 * @param text 32 bytes in base64
 * @throws ConfigError
 */
export function localMasterKey(text: string): MasterKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32) {
    throw new ConfigError(
      'AGENTGATEWAY_MASTER_KEY: each entry must be 32 bytes in base64 ("openssl rand -base64 32"), or begin with file://, awskms:/// or vault+https://.',
    );
  }
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return { ...aesWrappingKey(id, bytes), isRemote: false };
}

/** @param uri `file:///absolute/path` of a file that holds one local master key */
export async function masterKeyInFile(uri: string): Promise<MasterKey> {
  let text: string;
  try {
    text = await readFile(fileURLToPath(uri), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`AGENTGATEWAY_MASTER_KEY: ${uri} cannot be read (${code}). Write file:///absolute/path.`);
  }
  return localMasterKey(text);
}

/**
 * Reads the key file, or makes it: whole or not at all, and once, however many processes start together.
 * @throws ConfigError
 */
export async function readOrMakeMasterKey(file: string): Promise<MasterKey> {
  try {
    return localMasterKey(await readFile(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError) throw new ConfigError(`${file} is damaged. Restore it from a backup.`);
    if (code !== 'ENOENT') throw new ConfigError(`${file}, the master key, cannot be read (${code}).`);
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return localMasterKey(await readFile(file, 'utf8'));
}
