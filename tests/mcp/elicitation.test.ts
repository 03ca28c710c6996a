import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Client, ElicitRequestParams, ElicitResult } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { actorOf } from '../../core/domain/caller.ts';
import { entryLink } from '../../core/operations/personal-links.ts';
import { recordAuditEvent } from '../../core/services/audit.ts';
import { acceptOperation } from '../../core/services/operations.ts';
import { createRotatedAgentKey } from '../../core/services/rotated-agent-keys.ts';
import type { AgentKey } from '../../core/store/generated/client.ts';
import { createLinkFinder } from '../../mcp/elicitation/personal-link.ts';
import { callMcp, connect, mcpAnswer, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { ERAS, type EraMode, openClient } from './open-client.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  manager = await seedCaller(app.dependencies.database, 'manager');
  accessToken = (await connect(app, manager)).tokens.access_token;
});
afterAll(() => app.stop());

/** What the person was asked, in order. */
let asked: ElicitRequestParams[];
beforeEach(() => {
  asked = [];
});

function openAskingClient(mode: EraMode, answer: ElicitResult): Promise<Client> {
  return openClient(app, accessToken, {
    mode,
    capabilities: { elicitation: { form: {}, url: {} } },
    prepare: (client) =>
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        asked.push(params);
        return answer;
      }),
  });
}

const isDeleted = async (name: string) => {
  const { result } = await mcpAnswer(
    await callMcp(app.url, accessToken, {
      method: 'tools/call',
      params: { name: 'list_operations', arguments: { kind: 'delete_agent' } },
    }),
  );
  const { items } = (result as { structuredContent: { items: { target: { name: string } }[] } }).structuredContent;
  return items.some(({ target }) => target.name === name);
};

const setPolicy = (policy: object) =>
  app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
    transaction.organization.update({ where: { id: manager.organizationId }, data: { policy } }),
  );

describe.each(ERAS)('a client of %s that can ask its person', (_version, mode) => {
  test('has what destroys confirmed: the question tells what would happen', async () => {
    const agent = `confirmed-${mode}`;
    await seedAgent(app.dependencies.database, manager.organizationId, agent);
    const client = await openAskingClient(mode, { action: 'accept', content: { confirm: true } });
    const { structuredContent } = await client.callTool({ name: 'delete_agent', arguments: { agent } });
    expect(structuredContent).toMatchObject({ dry_run: false, operation: { target: { name: agent } } });
    expect(asked).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(`^Delete an agent: agent "${agent}".*refuse new calls`, 's')),
      }),
    ]);
    await client.close();
  });

  test('confirms, and never approves: where the policy demands approval the operation waits for it all the same', async () => {
    const agent = `unapproved-${mode}`;
    await seedAgent(app.dependencies.database, manager.organizationId, agent);
    const client = await openAskingClient(mode, { action: 'accept', content: { confirm: true } });
    await setPolicy({ require_approval: { delete: true } });
    try {
      const { structuredContent } = await client.callTool({ name: 'delete_agent', arguments: { agent } });
      expect(asked).toHaveLength(1);
      expect(structuredContent).toMatchObject({ operation: { approval: { decision: null } } });
    } finally {
      await setPolicy({});
      await client.close();
    }
  });

  test.each<[string, ElicitResult]>([
    ['declines', { action: 'decline' }],
    ['dismisses the question', { action: 'cancel' }],
    ['sends the form without a yes', { action: 'accept', content: { confirm: false } }],
  ])('whose person %s: nothing is destroyed', async (how, answer) => {
    const agent = `kept-${mode}-${how.split(' ', 1)[0]}`;
    await seedAgent(app.dependencies.database, manager.organizationId, agent);
    const client = await openAskingClient(mode, answer);
    const result = await client.callTool({ name: 'delete_agent', arguments: { agent } });
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('declined') }] });
    expect(await isDeleted(agent)).toBe(false);
    const onRecord = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.auditEvent.findFirst({ where: { action: 'delete_agent' }, orderBy: { id: 'desc' } }),
    );
    expect(onRecord).toMatchObject({ status: 403, arguments: { agent, declined: true } });
    await client.close();
  });

  test('is not asked about a dry run, nor about what a person could not do anyway', async () => {
    const client = await openAskingClient(mode, { action: 'accept', content: { confirm: true } });
    await seedAgent(app.dependencies.database, manager.organizationId, `dry-${mode}`);
    await client.callTool({ name: 'delete_agent', arguments: { agent: `dry-${mode}`, dry_run: true } });
    const missing = await client.callTool({ name: 'delete_agent', arguments: { agent: 'no-such-agent' } });
    expect(missing).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('not_found') }] });
    expect(asked).toEqual([]);
    await client.close();
  });

  test('offers one-time links to its person; the model sees one only where the person did not take it', async () => {
    const create = async (name: string, answer: ElicitResult) => {
      const client = await openAskingClient(mode, answer);
      const { structuredContent } = await client.callTool({ name: 'create_credential', arguments: { name } });
      await client.close();
      return structuredContent;
    };
    const taken = await create(`taken-${mode}`, { action: 'accept' });
    expect(asked[0]).toMatchObject({ mode: 'url', url: expect.stringContaining(`${app.url}/entry/agl_`) });
    expect(taken).toMatchObject({ credential: { name: `taken-${mode}` }, entry_url: null, already_shown: true });
    const left = await create(`left-${mode}`, { action: 'decline' });
    expect(left).toMatchObject({ entry_url: (asked[1] as { url: string }).url });
  });
});

describe('the page that a person is led to', () => {
  const FOREIGN = 'https://evil.test/enter';

  test('is one of ours, and stands where the schema has a link: what others wrote leads nobody anywhere', async () => {
    const config = { publicUrl: 'https://gateway.test' };
    const linkIn = createLinkFinder(
      z.object({ entry_url: entryLink().nullable(), arguments: z.record(z.string(), z.unknown()) }),
    );
    const ours = `${config.publicUrl}/entry/agl_1`;
    expect(linkIn({ entry_url: ours, arguments: {} }, config)).toMatchObject({ url: ours });
    expect(linkIn({ entry_url: null, arguments: { entry_url: ours, constructor: ours } }, config)).toBeUndefined();
    for (const foreign of [FOREIGN, `${config.publicUrl}.evil.test/entry/agl_1`]) {
      expect(linkIn({ entry_url: foreign, arguments: {} }, config)).toBeUndefined();
    }
  });

  test.each(ERAS)('%s: none is offered out of the audit trail', async (_version, mode) => {
    await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      recordAuditEvent(transaction, {
        actor: actorOf(manager),
        action: 'list_audit_events',
        status: 400,
        outcome: 'refused',
        arguments: { actor: { entry_url: FOREIGN } },
        requestId: manager.requestId,
      }),
    );
    const client = await openAskingClient(mode, { action: 'accept' });
    const { structuredContent } = await client.callTool({ name: 'list_audit_events', arguments: {} });
    expect(JSON.stringify(structuredContent)).toContain(FOREIGN);
    expect(asked).toEqual([]);
    await client.close();
  });
});

test.each(ERAS)(
  '%s: the link to a rotated key is offered too, and once taken is kept from the model',
  async (_v, mode) => {
    const operation = await waitForReveal(`rotated-${mode}`);
    const look = async (answer: ElicitResult) => {
      const client = await openAskingClient(mode, answer);
      const { structuredContent } = await client.callTool({ name: 'get_operation', arguments: { operation } });
      await client.close();
      return (structuredContent as { operation: { reveal_url: string | null } }).operation.reveal_url;
    };
    const left = await look({ action: 'decline' });
    expect(left).toContain(`${app.url}/reveal/agl_`);
    expect(await look({ action: 'accept' })).toBeNull();
    expect(asked).toMatchObject([{ url: left }, { url: left }]);
  },
);

/** A key's rotation that waits for the person who asked, as its workflow leaves it. */
async function waitForReveal(name: string): Promise<string> {
  const { database, vault, instanceKeys } = app.dependencies;
  const { organizationId, person } = manager;
  const agentId = await seedAgent(database, organizationId, name);
  await vault.prepare(organizationId);
  const linkKey = await instanceKeys.key('reveal-links');
  return database.inOrganization(organizationId, async (transaction) => {
    const { operation } = await acceptOperation(transaction, {
      kind: 'rotate_agent_key',
      area: 'agents',
      steps: [],
      target: { kind: 'agent', id: agentId, name },
      input: {},
      requestedBy: actorOf(manager),
      requestedPersonId: person.id,
      workflowId: (id) => `agent-key-rotation/${agentId}/${id}`,
    });
    const { id } = operation;
    await transaction.operation.update({ where: { id }, data: { status: 'waiting', waitingFor: 'reveal' } });
    const oldKey = { agentId, name: 'default', rateLimitRpm: null } as AgentKey;
    await createRotatedAgentKey(transaction, { vault, linkKey }, { oldKey, personId: person.id, operationId: id });
    return id;
  });
}

test.each(ERAS)('%s: a client that cannot ask is not asked', async (_version, mode) => {
  const agent = `unasked-${mode}`;
  await seedAgent(app.dependencies.database, manager.organizationId, agent);
  const client = await openClient(app, accessToken, { mode });
  const { structuredContent } = await client.callTool({ name: 'delete_agent', arguments: { agent } });
  expect(structuredContent).toMatchObject({ dry_run: false, operation: { target: { name: agent } } });
  await client.close();
});

describe('a confirmation', () => {
  const META = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  };
  const HEADERS = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'delete_agent',
  };
  const deleteAgent = async (presented: string, agent: string, more: object = {}) =>
    mcpAnswer(
      await callMcp(
        app.url,
        presented,
        { method: 'tools/call', params: { name: 'delete_agent', arguments: { agent }, _meta: META, ...more } },
        HEADERS,
      ),
    );
  const YES = { confirm: { action: 'accept', content: { confirm: true } } };

  test('holds for the call that was shown, and for the grant that asked', async () => {
    for (const name of ['shown', 'another']) {
      await seedAgent(app.dependencies.database, manager.organizationId, name);
    }
    const { result } = await deleteAgent(accessToken, 'shown');
    expect(result).toMatchObject({ resultType: 'input_required' });
    const { requestState } = result as { requestState: string };

    const swapped = await deleteAgent(accessToken, 'another', { requestState, inputResponses: YES });
    expect(swapped.result).toMatchObject({ resultType: 'input_required' });
    const bare = await deleteAgent(accessToken, 'another', { inputResponses: YES });
    expect(bare.result).toMatchObject({ resultType: 'input_required' });
    expect(await isDeleted('another')).toBe(false);

    const otherGrant = (await connect(app, manager)).tokens.access_token;
    const foreign = await deleteAgent(otherGrant, 'shown', { requestState, inputResponses: YES });
    expect(foreign.error).toMatchObject({ code: -32602 });
    const forged = await deleteAgent(accessToken, 'shown', { requestState: `${requestState}x`, inputResponses: YES });
    expect(forged.error).toMatchObject({ code: -32602 });
    expect(await isDeleted('shown')).toBe(false);

    const confirmed = await deleteAgent(accessToken, 'shown', { requestState, inputResponses: YES });
    expect(confirmed.result).toMatchObject({ structuredContent: { dry_run: false } });
  });
});
