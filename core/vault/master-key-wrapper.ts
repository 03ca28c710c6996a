import type { KeyWrapper } from './key-wrapper.ts';
import { type MasterKeys, masterKeyWithId } from './master-key.ts';
import { isOrganizationKeyId, type OrganizationKeys } from './organization-keys.ts';

const CONTEXT = 'agentgateway data key';

/** Wraps data keys with the first master key: by itself where it is local, through an organization's key where not. */
export function createMasterKeyWrapper(masterKeys: MasterKeys, organizationKeys: OrganizationKeys): KeyWrapper {
  const [first] = masterKeys;
  const current = async (owner: string | null) => (first.isRemote ? organizationKeys.current(owner) : first);
  return {
    async wrap(dataKey, owner) {
      const wrappingKey = await current(owner);
      return { wrappedKey: await wrappingKey.wrap(dataKey, CONTEXT), wrapKeyId: wrappingKey.id };
    },
    async unwrap({ wrappedKey, wrapKeyId }, owner) {
      const wrappingKey = isOrganizationKeyId(wrapKeyId)
        ? await organizationKeys.withId(wrapKeyId, owner)
        : masterKeyWithId(masterKeys, wrapKeyId);
      return wrappingKey.unwrap(Buffer.from(wrappedKey), CONTEXT);
    },
    currentKeyId: async (owner) => (await current(owner)).id,
  };
}
