import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Approval } from '../../core/domain/approval.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { DAY_MS } from '../../core/domain/times.ts';
import { approvalOperations } from '../../core/operations/approvals.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { deleteAgent } from '../../core/operations/delete-agent.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { resolveOperation } from '../../core/operations/resolve-operation.ts';
import { updateCredential } from '../../core/operations/update-credential.ts';
import { changePolicy } from '../../core/services/approvals.ts';
import { enterCredentialValue } from '../../core/services/credential-entry.ts';
import { findOneTimeLink } from '../../core/services/one-time-links.ts';
import { type SkippingHarness, startSkippingHarness } from '../rotation/skipping-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { addMember, freshSession } from '../servers/seed.ts';

function decisionNamed(name: string): OperationDefinition {
  const operation = approvalOperations.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`There is no operation ${name}.`);
  return operation;
}
const approve = decisionNamed('approve_operation');

describeNeeding(['java', 'mvn'], 'a rotation that needs people', () => {
  let harness: SkippingHarness;

  beforeEach(async () => {
    harness = await startSkippingHarness();
  });
  afterEach(() => harness?.stop());

  const probe = { method: 'GET', path: '/whoami' };
  const notices = (organizationId: string) =>
    harness.dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.alert.findMany({ orderBy: { firedAt: 'asc' } }),
    );
  const waitsFor = (organizationId: string, operationId: string, what: string) =>
    untilOperation(harness.dependencies, { organizationId, operationId }, ({ waitingFor }) => waitingFor === what);

  async function enter(caller: Caller, entryUrl: string, value: string): Promise<void> {
    const link = await findOneTimeLink(harness.dependencies, 'entry', entryUrl.split('/').at(-1) ?? '');
    if (link === null) throw new Error('The link leads nowhere.');
    await enterCredentialValue(harness.dependencies, { link, caller, value, hosts: [harness.provider.allowedHost] });
  }

  test('by hand: asks for the value, goes on when it is entered, and asks for the end of the old key', async () => {
    const rotated = await harness.seedRotated({ rotator: null, probe });
    const { caller, organizationId, credentialId } = rotated;
    const { answer, operationId, workflow } = await harness.rotate(caller, credentialId);
    await waitsFor(organizationId, operationId, 'value');
    const fresh = harness.provider.keys.make('made by hand');
    await expect(enter(caller, String(answer.entry_url), rotated.key.value)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await enter(caller, String(answer.entry_url), fresh.value);
    const result = workflow.result();
    await waitsFor(organizationId, operationId, 'resolve');
    const resolve = () =>
      invoke(resolveOperation, { caller, input: { operation: operationId, decision: 'remove' } }, harness.dependencies);
    await resolve();
    // The provider still accepts it: saying so is not enough.
    await untilOperation(harness.dependencies, { organizationId, operationId }, ({ resolution }) =>
      JSON.stringify(resolution).includes('still accepts'),
    );
    rotated.key.active = false;
    await resolve();
    await result;
    const { operation, versions } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('succeeded');
    expect(versions).toMatchObject([{ state: 'revoked' }, { state: 'current', providerReference: null }]);
  });

  test.each([
    ['an expiry that was set before is the old value’s, and goes with it', false],
    ['an expiry that is set while the rotation is under way is the new value’s, and stays', true],
  ])('%s', async (_what, isDuring) => {
    const rotated = await harness.seedRotated({ rotator: null, probe });
    const { caller, organizationId, credentialId } = rotated;
    const expiresAt = new Date(Date.now() + 400 * DAY_MS);
    const input = { credential: credentialId, expires_at: expiresAt.toISOString() };
    const setExpiry = () => invoke(updateCredential, { caller, input }, harness.dependencies);
    if (!isDuring) await setExpiry();
    const { answer, operationId, workflow } = await harness.rotate(caller, credentialId);
    await waitsFor(organizationId, operationId, 'value');
    if (isDuring) await setExpiry();
    await enter(caller, String(answer.entry_url), harness.provider.keys.make('made by hand').value);
    const result = workflow.result();
    await waitsFor(organizationId, operationId, 'resolve');
    const decision = { operation: operationId, decision: 'keep' };
    await invoke(resolveOperation, { caller, input: decision }, harness.dependencies);
    await result;
    const { operation, credential } = await harness.look(rotated, operationId);
    expect(operation.status).toBe('succeeded');
    expect(credential.expiresAt).toEqual(isDuring ? expiresAt : null);
  });

  test('a value that nobody enters is reminded of, then of admins, and given up after a month', async () => {
    const rotated = await harness.seedRotated({ rotator: null, probe });
    const { operationId, workflow } = await harness.rotate(rotated.caller, rotated.credentialId);
    await workflow.result();
    const { operation, versions } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({ status: 'failed', error: { detail: 'Nobody entered the new value in time.' } });
    expect(versions).toMatchObject([{ state: 'current' }]);
    expect((await notices(rotated.organizationId)).filter(({ kind }) => kind === 'value')).toHaveLength(7);
  });

  test('what policy wants approved waits for a person, who is reminded, and expires after a week', async () => {
    const rotated = await harness.seedRotated();
    const { organizationId, credentialId, caller } = rotated;
    await demandApproval(organizationId, false);
    const { operationId, workflow } = await harness.rotate(caller, credentialId);
    await workflow.result();
    const { operation, versions } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'not_approved' } });
    expect(versions).toHaveLength(1);
    expect(
      (await notices(organizationId)).map(({ occasion, state }) => `${occasion?.split('/')[1]}: ${state}`),
    ).toEqual(['day 0: resolved', 'day 1: resolved', 'day 3: resolved', 'day 6: resolved']);
  });

  test('approved for exactly its input by who may, it goes on', async () => {
    const rotated = await harness.seedRotated();
    const { organizationId, credentialId, caller } = rotated;
    await demandApproval(organizationId, true);
    const { operationId, workflow } = await harness.rotate(caller, credentialId);
    const { approval } = await waitsFor(organizationId, operationId, 'approval');
    const { input_hash } = approval as { input_hash: string };
    const decide = (who: Caller, hash = input_hash) =>
      invoke(approve, { caller: who, input: { operation: operationId, input_hash: hash } }, harness.dependencies);
    const asker = await freshSession(harness.dependencies.database, caller);
    const second = await addMember(harness.dependencies.database, caller, 'manager');
    const fresh = await freshSession(harness.dependencies.database, second);
    const app = {
      ...second,
      kind: 'app',
      grantId: 'g',
      clientId: 'c',
      clientName: 'An app',
      scopes: new Set(['credentials:write']),
    } as const;
    const tokenOf = (who: Caller) =>
      ({
        ...who,
        kind: 'api_token',
        tokenId: who.person.id,
        tokenName: 't',
        scopes: new Set(['credentials:write', 'approvals:write']),
      }) as const;
    await expect(decide(asker)).rejects.toMatchObject({ code: 'refused_by_policy' });
    await expect(decide(tokenOf(caller))).rejects.toMatchObject({ code: 'refused_by_policy' });
    await expect(decide(app)).rejects.toMatchObject({ code: 'forbidden' });
    const returnTo = `/operations/${operationId}?organization=${organizationId}`;
    await expect(decide(second)).rejects.toMatchObject({
      code: 'reauthentication_required',
      members: { url: expect.stringContaining(`?${new URLSearchParams({ return_to: returnTo })}`) },
    });
    await expect(decide(fresh, 'f'.repeat(64))).rejects.toMatchObject({ code: 'conflict' });
    await decide(fresh);
    await workflow.result();
    expect((await harness.look(rotated, operationId)).operation).toMatchObject({
      status: 'succeeded',
      approval: { decision: 'approved', decided_by: second.person.email },
    });
  });

  test('approved, but asked by somebody who may not do it any more, nothing is done', async () => {
    const rotated = await harness.seedRotated();
    const { organizationId, credentialId, caller } = rotated;
    await demandApproval(organizationId, true);
    const { operationId, workflow } = await harness.rotate(caller, credentialId);
    const { approval } = await waitsFor(organizationId, operationId, 'approval');
    const second = await freshSession(
      harness.dependencies.database,
      await addMember(harness.dependencies.database, caller, 'admin'),
    );
    await harness.dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.membership.updateMany({ where: { personId: caller.person.id }, data: { role: 'operator' } }),
    );
    const { input_hash } = approval as { input_hash: string };
    await invoke(approve, { caller: second, input: { operation: operationId, input_hash } }, harness.dependencies);
    await workflow.result();
    const { operation, versions } = await harness.look(rotated, operationId);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'not_approved' } });
    expect(versions).toHaveLength(1);
  });

  test('a deletion that policy wants approved leaves the agent as it is until then, and for good when rejected', async () => {
    const { organizationId, agentId, caller } = await harness.seedRotated();
    const { dependencies, client } = harness;
    await demandApproval(organizationId, false);
    const fresh = await freshSession(dependencies.database, caller);
    const isDeleted = () =>
      dependencies.database.inOrganization(organizationId, async (transaction) => {
        const agent = await transaction.agent.findUniqueOrThrow({ where: { id: agentId } });
        return agent.deletedAt !== null;
      });
    async function ask(decision: OperationDefinition) {
      const answer = await invoke(deleteAgent, { caller, input: { agent: agentId } }, dependencies);
      const operationId = answer.operation_id as string;
      const { approval } = await waitsFor(organizationId, operationId, 'approval');
      expect(await isDeleted()).toBe(false);
      const { input_hash } = approval as unknown as Approval;
      await invoke(decision, { caller: fresh, input: { operation: operationId, input_hash } }, dependencies);
      return untilOperation(dependencies, { organizationId, operationId }, ({ finishedAt }) => finishedAt !== null);
    }
    const rejected = await ask(decisionNamed('reject_operation'));
    expect([rejected.status, await isDeleted()]).toEqual(['failed', false]);
    const approved = await ask(approve);
    expect([approved.status, await isDeleted()]).toEqual(['succeeded', true]);
    await client.workflow.getHandle(approved.workflowId).terminate();
  });

  function demandApproval(organizationId: string, second_person: boolean) {
    const require_approval = { rotate: true, delete: true, send: false };
    return harness.dependencies.database.inOrganization(organizationId, (transaction) =>
      changePolicy(transaction, { require_approval, second_person }),
    );
  }
});
