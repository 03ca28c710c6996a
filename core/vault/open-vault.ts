import { openOrganizationKeyStore } from '../store/organization-key-store.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import type { MasterKeys } from './master-key.ts';
import { createMasterKeyWrapper } from './master-key-wrapper.ts';
import { type MasterKeySettings, readMasterKeys } from './master-keys.ts';
import { OrganizationKeys } from './organization-keys.ts';
import { createVault, type Vault } from './vault.ts';

/** All that wraps: what a rotation of the master key works with. */
export interface VaultKeys {
  masterKeys: MasterKeys;
  organizationKeys: OrganizationKeys;
  keyWrapper: KeyWrapper;
  close(): Promise<void>;
}

/**
 * @param databaseUrl where organizations' keys are read
 * @throws ConfigError
 */
export async function openVaultKeys(settings: MasterKeySettings, databaseUrl: string): Promise<VaultKeys> {
  const masterKeys = await readMasterKeys(settings);
  const store = openOrganizationKeyStore(databaseUrl);
  const organizationKeys = new OrganizationKeys(masterKeys, store);
  return {
    masterKeys,
    organizationKeys,
    keyWrapper: createMasterKeyWrapper(masterKeys, organizationKeys),
    close: () => store.close(),
  };
}

/** The vault of a process, with the master keys of its settings. The same parameters and errors as `openVaultKeys`. */
export async function openVault(
  settings: MasterKeySettings,
  databaseUrl: string,
): Promise<Vault & { close(): Promise<void> }> {
  const { keyWrapper, close } = await openVaultKeys(settings, databaseUrl);
  return { ...createVault(keyWrapper), close };
}
