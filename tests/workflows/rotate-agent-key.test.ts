import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cancelOperation } from '../../core/operations/cancel-operation.ts';
import { getOperation } from '../../core/operations/get-operation.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { rotateAgentKey } from '../../core/operations/rotate-agent-key.ts';
import { revealThroughLink } from '../../core/services/agent-key-reveal.ts';
import { createAgentKey } from '../../core/services/agent-keys.ts';
import { findOneTimeLink } from '../../core/services/one-time-links.ts';
import { bearerHash } from '../../core/vault/bearer-secret.ts';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { addMember, seedAgent, seedCaller } from '../servers/seed.ts';

describeNeeding(['java', 'mvn'], 'the rotation of an agent key', () => {
  let harness: SkippingHarness;

  beforeEach(async () => {
    harness = await startSkippingHarness();
  });
  afterEach(() => harness?.stop());

  async function startRotation(graceSeconds = 86_400) {
    const { dependencies, client } = harness;
    const caller = await seedCaller(dependencies.database);
    const { organizationId } = caller;
    const agentId = await seedAgent(dependencies.database, organizationId, 'openai-relay');
    const old = await dependencies.database.inOrganization(organizationId, (transaction) =>
      createAgentKey(transaction, dependencies, { agentId, name: 'first', personId: caller.person.id, inline: true }),
    );
    const input = { agent: agentId, grace_seconds: graceSeconds };
    const answer = await invoke(rotateAgentKey, { caller, input }, dependencies);
    const operationId = answer.operation_id as string;
    const workflow = client.workflow.getHandle(`agent-key-rotation/${agentId}/${operationId}`);
    return { caller, organizationId, agentId, oldId: old.id, operationId, workflow };
  }

  type Rotation = Awaited<ReturnType<typeof startRotation>>;

  const until = ({ organizationId, operationId }: Rotation, step: string) =>
    untilOperation(
      harness.dependencies,
      { organizationId, operationId },
      (row) => row.step === step && row.nextTimerAt !== null,
    );

  async function reveal({ caller, operationId }: Rotation): Promise<string> {
    const { operation } = await invoke(
      getOperation,
      { caller, input: { operation: operationId } },
      harness.dependencies,
    );
    const { reveal_url: url } = operation as { reveal_url: string };
    const link = await findOneTimeLink(harness.dependencies, 'reveal', url.split('/').at(-1) ?? '');
    if (link === null) throw new Error('The link leads nowhere.');
    return revealThroughLink(harness.dependencies, { link, caller });
  }

  const look = ({ organizationId, operationId, oldId }: Rotation) =>
    harness.dependencies.database.inOrganization(organizationId, async (transaction) => ({
      operation: await transaction.operation.findUniqueOrThrow({ where: { id: operationId } }),
      oldKey: await transaction.agentKey.findUniqueOrThrow({ where: { id: oldId } }),
      newKey: await transaction.agentKey.findFirst({ where: { operationId } }),
    }));

  test('revealed by who asked, both keys are valid until the grace ends, then the old one retires', async () => {
    const rotation = await startRotation();
    await until(rotation, 'reveal');
    const other = await addMember(harness.dependencies.database, rotation.caller, 'admin');
    const seen = await invoke(
      getOperation,
      { caller: other, input: { operation: rotation.operationId } },
      harness.dependencies,
    );
    expect(seen.operation).toMatchObject({ waiting_for: 'reveal', reveal_url: null });
    const value = await reveal(rotation);
    await until(rotation, 'grace');
    expect((await look(rotation)).oldKey.revokedAt).toBeNull();
    await rotation.workflow.result();
    const { operation, oldKey, newKey } = await look(rotation);
    expect((oldKey.revokedAt?.getTime() ?? 0) - (newKey?.revealedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(
      86_400_000,
    );
    expect(operation).toMatchObject({ status: 'succeeded', result: { retired_key: { id: rotation.oldId } } });
    expect(oldKey.revokedAt).not.toBeNull();
    expect(newKey).toMatchObject({ revokedAt: null, sealed: null });
    expect(Buffer.from(newKey?.hash ?? [])).toEqual(bearerHash(value));
  });

  test('a key that nobody reveals is destroyed after 15 minutes, and the old one stays', async () => {
    const rotation = await startRotation();
    await rotation.workflow.result();
    const { operation, oldKey, newKey } = await look(rotation);
    expect(operation).toMatchObject({ status: 'rolled_back', error: { code: 'key_not_rotated' } });
    expect(oldKey.revokedAt).toBeNull();
    expect(newKey).toMatchObject({ sealed: null, revokedAt: expect.any(Date) });
  });

  test('the old key retires early once the new one is in use and it has not been used for an hour', async () => {
    const rotation = await startRotation(30 * 86_400);
    await until(rotation, 'reveal');
    await reveal(rotation);
    await until(rotation, 'grace');
    const { newKey } = await look(rotation);
    const superuser = await harness.superuser();
    await superuser.query(
      `INSERT INTO last_use (subject_id, organization_id, last_used_at) VALUES ($1, $3, now()), ($2, $3, now())`,
      [newKey?.id, rotation.oldId, rotation.organizationId],
    );
    await superuser.end();
    await rotation.workflow.result();
    const retiredAt = (await look(rotation)).oldKey.revokedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    expect(retiredAt - Date.now()).toBeLessThan(2 * 86_400_000);
  });

  test('cancelled during the grace, the new key is revoked and the old one stays', async () => {
    const rotation = await startRotation();
    await until(rotation, 'reveal');
    await reveal(rotation);
    await until(rotation, 'grace');
    const { caller, operationId } = rotation;
    await invoke(cancelOperation, { caller, input: { operation: operationId } }, harness.dependencies);
    await rotation.workflow.result();
    const { operation, oldKey, newKey } = await look(rotation);
    expect(operation.status).toBe('cancelled');
    expect([oldKey.revokedAt, newKey?.revokedAt]).toEqual([null, expect.any(Date)]);
  });
});
