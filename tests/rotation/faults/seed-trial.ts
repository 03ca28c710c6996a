import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { relaysUnaware } from '../../../activities/relays.ts';
import { PublicError } from '../../../core/errors.ts';
import { storeStagedVersion } from '../../../core/services/credential-versions.ts';
import { bearerHash, newBearerSecret } from '../../../core/vault/bearer-secret.ts';
import { fingerprint } from '../../../core/vault/fingerprint.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedRotated } from '../seed-rotated.ts';
import type { ProviderServer } from '../servers/provider.ts';
import type { Stage } from './stage.ts';
import type { Scenario } from './trial-rotation.ts';

/** No server is away for longer. */
const OUTAGE_MS = 30_000;
const AWAY = ['database_unavailable', 'temporal_unavailable'];

export type Seeded = Awaited<ReturnType<typeof seedTrial>>;

/** A credential of the provider's, the agent that sends it, and a key to call the agent with. */
export async function seedTrial(
  { dependencies }: Stage,
  provider: ProviderServer,
  { leftover, caller }: Pick<Scenario, 'leftover' | 'caller'>,
) {
  const { database, vault } = dependencies;
  const agent = `agent-${randomUUID().slice(0, 8)}`;
  const agentKey = newBearerSecret('agk_');
  const rotated = await seedRotated(dependencies, provider, caller ?? (await seedCaller(database)), { agent });
  const { organizationId, agentId, credentialId } = rotated;
  const createdBy = rotated.caller.person.id;
  const changeXid = await database.inOrganization(organizationId, async (transaction) => {
    const key = { name: 'traffic', hash: bearerHash(agentKey), fingerprint: fingerprint(agentKey) };
    await transaction.agentKey.create({ data: { ...key, organizationId, agentId, createdBy } });
    if (leftover) {
      const { id, value } = provider.keys.make('left over');
      const staged = { credentialId, operationId: randomUUID(), value, providerReference: { id }, createdBy };
      await storeStagedVersion(transaction, vault, staged);
    }
    const [row] = await transaction.$queryRaw<{ xid: string }[]>`SELECT pg_current_xact_id()::text AS xid`;
    return row?.xid ?? '';
  });
  return { ...rotated, agent, agentKey, changeXid };
}

/** A call must find its agent in whichever process it meets. */
export async function untilRelaysKnow({ dependencies }: Stage, { organizationId, changeXid }: Seeded): Promise<void> {
  const unaware = () =>
    dependencies.database.inOrganization(organizationId, (transaction) => relaysUnaware(transaction, changeXid, 'all'));
  while ((await outlasting(unaware)) > 0) await pause(50);
}

/** The relay processes that carried calls of its rotation. */
export async function relaysOf({ dependencies }: Stage, { organizationId }: Seeded): Promise<string[]> {
  const rows = await outlasting(() =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.rotationEvidence.findMany({ where: { calls: { gt: 0 } }, distinct: ['processId'] }),
    ),
  );
  return rows.map(({ processId }) => processId);
}

/** What another trial's servers may be away for meanwhile: asked again when the answer says so, as a person does. */
export async function outlasting<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = Date.now() + OUTAGE_MS; ; await pause(250)) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof PublicError && AWAY.includes(error.code);
      if (!isPassing || Date.now() > deadline) throw error;
    }
  }
}
