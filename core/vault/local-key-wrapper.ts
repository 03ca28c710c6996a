import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Config, ConfigError, masterKeyFile } from '../config.ts';
import { decrypt, encrypt } from './aes-gcm.ts';
import { type KeyWrapper, VaultError } from './key-wrapper.ts';

const ASSOCIATED_DATA = 'agentgateway data key';

interface MasterKey {
  id: string;
  bytes: Buffer;
}

function parseMasterKey(text: string): MasterKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32) {
    throw new ConfigError('AGENTGATEWAY_MASTER_KEY: each key must be 32 bytes in base64 ("openssl rand -base64 32").');
  }
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
}

/** Reads the key file, or makes it: whole or not at all, and once, however many processes start together. */
async function readOrMakeKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(draft);
  return readFile(file, 'utf8');
}

/** Wraps data keys with a master key from the settings or from a file in the data folder. The first key wraps, all unwrap. */
export async function createLocalKeyWrapper(
  config: Pick<Config, 'AGENTGATEWAY_MASTER_KEY' | 'AGENTGATEWAY_DATA_DIR'>,
): Promise<KeyWrapper> {
  const given = config.AGENTGATEWAY_MASTER_KEY ?? (await readOrMakeKeyFile(masterKeyFile(config)));
  const keys = given.split(',').map(parseMasterKey);
  const first = keys[0];
  if (first === undefined) throw new ConfigError('AGENTGATEWAY_MASTER_KEY is empty.');
  return {
    async wrap(dataKey) {
      return { wrappedKey: encrypt(first.bytes, dataKey, ASSOCIATED_DATA), wrapKeyId: first.id };
    },
    async unwrap(wrappedKey, wrapKeyId) {
      const key = keys.find((candidate) => candidate.id === wrapKeyId);
      if (key === undefined) {
        throw new VaultError(`The master key ${wrapKeyId} is not among AGENTGATEWAY_MASTER_KEY. Add it to the list.`);
      }
      try {
        return decrypt(key.bytes, wrappedKey, ASSOCIATED_DATA);
      } catch {
        throw new VaultError(`A data key wrapped by ${wrapKeyId} does not unwrap: it was changed.`);
      }
    },
  };
}
