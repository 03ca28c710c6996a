import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MockAgent } from 'undici';
import { rotatorSettings } from '../../../core/domain/rotators.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { contextOf, failureOf, LONG_AGO, MARKER, passed } from './rotator-bench.ts';

/** The shapes are those of the providers' public API references. */
const JSON_ANSWER = { headers: { 'content-type': 'application/json' } };
const NEW = 'sk-svcacct-new-new-new-new';

let agent: MockAgent;

beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(async () => {
  agent.assertNoPendingInterceptors();
  await agent.close();
});

describe('openai_service_account', () => {
  const accounts = '/v1/organization/projects/proj_abc/service_accounts';
  const account = (id: string, name: string) => ({
    object: 'organization.project.service_account',
    id,
    name,
    role: 'member',
    created_at: 1711471533,
  });
  const rotator = () => {
    const context = contextOf({ hosts: ['api.openai.com'], currentValue: 'sk-old', adminValue: 'sk-admin' });
    const settings = { kind: 'openai_service_account', admin_credential: 'openai-admin', project_id: 'proj_abc' };
    return createRotator(rotatorSettings.parse(settings), { ...context, agent }, null);
  };
  const openai = () => agent.get('https://api.openai.com');

  test('a service account is made under the marker with the admin key, and its key is taken', async () => {
    openai()
      .intercept({
        method: 'POST',
        path: accounts,
        headers: { authorization: 'Bearer sk-admin', 'content-type': 'application/json' },
        body: JSON.stringify({ name: MARKER }),
      })
      .reply(
        200,
        {
          ...account('svc_acct_new', MARKER),
          api_key: {
            object: 'organization.project.service_account.api_key',
            value: NEW,
            name: 'Secret Key',
            created_at: 1711471533,
            id: 'key_abc',
          },
        },
        JSON_ANSWER,
      );
    const plan = await rotator().plan(MARKER);
    expect(await rotator().mint(plan)).toEqual({ value: NEW, provider_reference: { id: 'svc_acct_new' } });
  });

  test('a lost one is found on the second page, and a third is not asked for', async () => {
    const page = (query: string, answer: unknown) =>
      openai()
        .intercept({ method: 'GET', path: `${accounts}?${query}` })
        .reply(200, answer as object, JSON_ANSWER);
    page('limit=100', { object: 'list', data: [account('svc_1', 'web')], last_id: 'svc_1', has_more: true });
    page('limit=100&after=svc_1', {
      object: 'list',
      data: [account('svc_2', MARKER)],
      last_id: 'svc_2',
      has_more: false,
    });
    expect(await rotator().find(passed(await rotator().plan(MARKER)))).toEqual([{ id: 'svc_2' }]);
  });

  test('the new key is tried with its own value; 403 is no word about the key', async () => {
    const models = (status: number) =>
      openai()
        .intercept({ method: 'GET', path: '/v1/models', headers: { authorization: `Bearer ${NEW}` } })
        .reply(status, {}, JSON_ANSWER);
    models(200);
    expect(await rotator().verify(NEW, new Date())).toEqual({ outcome: 'accepted' });
    models(401);
    expect(await rotator().proveRefused(NEW, new Date())).toEqual({ outcome: 'refused', status: 401 });
    models(403);
    expect((await failureOf(rotator().verify(NEW, LONG_AGO))).kind).toBe('permanent');
  });

  test('deleting the service account ends its key; one that is gone is fine', async () => {
    const remove = (status: number) =>
      openai()
        .intercept({ method: 'DELETE', path: `${accounts}/svc_1` })
        .reply(status, { deleted: true }, JSON_ANSWER);
    remove(200);
    remove(404);
    await rotator().revoke({ provider_reference: { id: 'svc_1' }, value: null });
    await rotator().revoke({ provider_reference: { id: 'svc_1' }, value: null });
  });
});

describe('sendgrid_api_key', () => {
  const rotator = (region: string) => {
    const hosts = ['api.sendgrid.com', 'api.eu.sendgrid.com'];
    const settings = rotatorSettings.parse({ kind: 'sendgrid_api_key', scopes: ['mail.send'], region });
    return createRotator(settings, { ...contextOf({ hosts, currentValue: 'SG.old' }), agent }, null);
  };

  test('a key with the wished scopes is made by the current one, which keeps its rights to itself', async () => {
    agent
      .get('https://api.sendgrid.com')
      .intercept({
        method: 'POST',
        path: '/v3/api_keys',
        headers: { authorization: 'Bearer SG.old' },
        body: JSON.stringify({ name: MARKER, scopes: ['mail.send'] }),
      })
      .reply(201, { api_key: 'SG.new', api_key_id: 'id1', name: MARKER, scopes: ['mail.send'] }, JSON_ANSWER);
    const minted = await rotator('global').mint(await rotator('global').plan(MARKER));
    expect(minted).toEqual({ value: 'SG.new', provider_reference: { id: 'id1' } });
  });

  test('in the EU region it is listed, tried and ended there', async () => {
    const eu = agent.get('https://api.eu.sendgrid.com');
    const keys = {
      result: [
        { name: 'A New Hope', api_key_id: 'id0' },
        { name: MARKER, api_key_id: 'id1' },
      ],
    };
    eu.intercept({ method: 'GET', path: '/v3/api_keys' }).reply(200, keys, JSON_ANSWER);
    eu.intercept({ method: 'GET', path: '/v3/scopes' }).reply(200, { scopes: ['mail.send'] }, JSON_ANSWER);
    eu.intercept({ method: 'DELETE', path: '/v3/api_keys/id1' }).reply(204, '');
    const found = await rotator('eu').find(passed(await rotator('eu').plan(MARKER)));
    expect(found).toEqual([{ id: 'id1' }]);
    expect(await rotator('eu').verify('SG.new', new Date())).toEqual({ outcome: 'accepted' });
    await rotator('eu').revoke({ provider_reference: { id: 'id1' }, value: null });
  });
});
