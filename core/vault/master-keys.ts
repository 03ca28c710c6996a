import { type Config, ConfigError, masterKeyFile } from '../config.ts';
import type { AwsCredentials } from '../outbound/aws-credentials.ts';
import { kmsMasterKey } from './kms-master-key.ts';
import { localMasterKey, masterKeyInFile, readOrMakeMasterKey } from './local-master-key.ts';
import type { MasterKey, MasterKeys } from './master-key.ts';
import { transitMasterKey } from './transit-master-key.ts';

export type MasterKeySettings = Pick<
  Config,
  | 'AGENTGATEWAY_MASTER_KEY'
  | 'AGENTGATEWAY_DATA_DIR'
  | 'VAULT_TOKEN'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
>;

/**
 * The keys of `AGENTGATEWAY_MASTER_KEY`, or the one of the data folder's file, which is made when it is not there.
 * @throws ConfigError
 */
export async function readMasterKeys(settings: MasterKeySettings): Promise<MasterKeys> {
  const entries = settings.AGENTGATEWAY_MASTER_KEY?.split(',').map((entry) => entry.trim()) ?? [];
  if (entries.length === 0) return [await readOrMakeMasterKey(masterKeyFile(settings))];
  const [first, ...others] = await Promise.all(entries.map((entry) => readMasterKey(entry, settings)));
  if (first === undefined) throw new ConfigError('AGENTGATEWAY_MASTER_KEY is empty.');
  return [first, ...others];
}

async function readMasterKey(entry: string, settings: MasterKeySettings): Promise<MasterKey> {
  if (entry.startsWith('file:')) return masterKeyInFile(entry);
  if (entry.startsWith('awskms:')) return kmsMasterKey(entry, awsCredentials(settings));
  if (entry.startsWith('vault+')) return transitMasterKey(entry, settings.VAULT_TOKEN);
  return localMasterKey(entry);
}

function awsCredentials(settings: MasterKeySettings): AwsCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = settings;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    throw new ConfigError(
      'AGENTGATEWAY_MASTER_KEY names AWS KMS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY too.',
    );
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN ?? null,
  };
}
