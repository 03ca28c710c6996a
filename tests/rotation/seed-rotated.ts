import { randomUUID } from 'node:crypto';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { RotatorSettings } from '../../core/domain/rotators.ts';
import { storeCredentialValue } from '../../core/services/credentials.ts';
import { Prisma } from '../../core/store/generated/client.ts';
import { seedAgent } from '../servers/seed.ts';
import type { ProviderServer } from './servers/provider.ts';
import { httpRotatorOf } from './servers/provider-rotator.ts';

interface RotatedWishes {
  /** The agent's name. */
  agent?: string;
  rotator?: RotatorSettings | null;
  probe?: object | null;
}

/** An agent whose calls carry a key of the provider, and the credential that holds it. */
export async function seedRotated<Owner extends Caller>(
  dependencies: Dependencies,
  provider: ProviderServer,
  caller: Owner,
  { agent = 'provider-relay', rotator = httpRotatorOf(provider), probe = null }: RotatedWishes = {},
) {
  const { database, vault } = dependencies;
  const { organizationId } = caller;
  const agentId = await seedAgent(database, organizationId, agent);
  const key = provider.keys.make(`first-${randomUUID()}`);
  await vault.prepare(organizationId);
  const credentialId = await database.inOrganization(organizationId, async (transaction) => {
    await transaction.agent.update({ where: { id: agentId }, data: { upstreamUrl: provider.url } });
    const { id } = await transaction.credential.create({
      data: {
        organizationId,
        name: `key-${randomUUID().slice(0, 8)}`,
        allowedHosts: [],
        createdBy: caller.person.id,
        rotator: rotator === null ? Prisma.DbNull : (rotator as Prisma.InputJsonObject),
        probe: probe === null ? Prisma.DbNull : (probe as Prisma.InputJsonObject),
      },
    });
    const entry = {
      credentialId: id,
      value: key.value,
      personId: caller.person.id,
      allowedHosts: [provider.allowedHost],
    };
    await storeCredentialValue(transaction, dependencies, entry);
    await transaction.credentialLink.create({
      data: { organizationId, agentId, credentialId: id, injection: { kind: 'bearer' } },
    });
    await transaction.credentialVersion.updateMany({
      where: { credentialId: id },
      data: { providerReference: { id: key.id } },
    });
    return id;
  });
  return { caller, organizationId, agentId, credentialId, key };
}
