import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { rotateCredential } from '../../../core/operations/rotate-credential.ts';
import { writePolicy } from '../../../core/services/approvals.ts';
import { storeCredentialValue } from '../../../core/services/credentials.ts';
import { beginStep, failOperation, waitInOperation } from '../../../core/services/long-running.ts';
import { giveNotice } from '../../../core/services/notices.ts';
import type { OrganizationTransaction } from '../../../core/store/database.ts';
import { formFields } from '../../servers/browser.ts';
import { type PagesApp, seedColleague, seedMember, signIn, startPages } from './pages-app.ts';

let app: PagesApp;
beforeAll(async () => {
  app = await startPages();
});
afterAll(() => app?.stop());

/** A rotation by hand whose workflow does not run. */
async function startRotation(caller: Caller, needsApproval: boolean): Promise<string> {
  const { dependencies } = app;
  const { organizationId, person } = caller;
  await dependencies.vault.prepare(organizationId);
  const credential = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const require_approval = { rotate: needsApproval, delete: false, send: false };
    await writePolicy(transaction, { require_approval, second_person: false });
    const { id } = await transaction.credential.create({
      data: { organizationId, name: 'stripe-prod-key', createdBy: person.id, probe: { path: '/v1/account' } },
    });
    const entry = {
      credentialId: id,
      value: 'sk_live_quiet_canal_walk',
      personId: person.id,
      allowedHosts: ['api.stripe.com'],
    };
    return storeCredentialValue(transaction, dependencies, entry);
  });
  const answer = await invoke(rotateCredential, { caller, input: { credential: credential.id } }, dependencies);
  return answer.operation_id as string;
}

const rowOf = ({ organizationId }: Caller, id: string) =>
  app.dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.operation.findUniqueOrThrow({ where: { id } }),
  );

/** Presses a button of the operation's page. */
async function decide(email: string, id: string, decision: string): Promise<Response> {
  const { browser } = await signIn(app, email);
  const page = await (await browser.get(`/operations/${id}`)).text();
  expect(page).toContain(`value="${decision}"`);
  const { csrf_token = '', input_hash } = formFields(page, `/operations/${id}`);
  return browser.post(`/operations/${id}`, { csrf_token, decision, ...(input_hash && { input_hash }) });
}

test('an approval shows the whole input and is kept with who gave it', async () => {
  const caller = await seedMember(app, 'manager');
  const id = await startRotation(caller, true);
  const { browser } = await signIn(app, caller.person.email);
  expect(await (await browser.get(`/operations/${id}`)).text()).toContain('canary seconds');
  expect((await decide(caller.person.email, id, 'approve')).status).toBe(303);
  expect((await rowOf(caller, id)).approval).toMatchObject({ decision: 'approved', decided_by: caller.person.email });
});

test('an operator sees the operation and no button', async () => {
  const caller = await seedMember(app, 'manager');
  const id = await startRotation(caller, true);
  const operator = await seedColleague(app, caller.organizationId, `operator-${id}@example.test`, 'operator');
  const { browser } = await signIn(app, operator.email);
  const page = await (await browser.get(`/operations/${id}`)).text();
  expect(page).toContain('Cut over');
  expect(page).not.toContain('name="decision"');
});

test('the value that a rotation waits for is entered by a link of its page', async () => {
  const caller = await seedMember(app, 'manager');
  const id = await startRotation(caller, false);
  await app.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    waitInOperation(transaction, id, { waitingFor: 'value', until: new Date(Date.now() + 60_000), detail: null }),
  );
  const response = await decide(caller.person.email, id, 'enter');
  expect(response.headers.get('location')).toMatch(/\/entry\/agl_/);
});

test('a cancelled operation says who wanted it', async () => {
  const caller = await seedMember(app, 'manager');
  const id = await startRotation(caller, false);
  expect((await decide(caller.person.email, id, 'cancel')).status).toBe(303);
  expect((await rowOf(caller, id)).cancelRequest).toMatchObject({ by: caller.person.email });
});

test('a page follows its operation by itself, gives a person time to read, and rests at the end', async () => {
  const caller = await seedMember(app, 'manager');
  const id = await startRotation(caller, false);
  const { browser } = await signIn(app, caller.person.email);
  const refreshAfter = async (change: (transaction: OrganizationTransaction) => Promise<unknown>) => {
    await app.dependencies.database.inOrganization(caller.organizationId, change);
    return (await browser.get(`/operations/${id}`)).headers.get('refresh');
  };
  expect(await refreshAfter((transaction) => beginStep(transaction, id, 'stage'))).toBe('2');
  const wait = { waitingFor: 'value', until: new Date(), detail: null } as const;
  expect(await refreshAfter((transaction) => waitInOperation(transaction, id, wait))).toBe('10');
  const error = { code: 'internal', detail: 'It ended.' };
  expect(await refreshAfter((transaction) => failOperation(transaction, id, error))).toBeNull();
});

test('a notice stands on the first page until somebody dismisses it', async () => {
  const caller = await seedMember(app, 'manager');
  const target = { kind: 'credential', id: caller.person.id, name: 'stripe-prod-key' };
  await app.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    giveNotice(transaction, { kind: 'credential_expires', target, occasion: 'soon', text: 'It expires soon.' }),
  );
  const { browser } = await signIn(app, caller.person.email);
  const page = await (await browser.get('/')).text();
  const action = /action="(\/notices\/[^"]+)"/.exec(page)?.[1] ?? '';
  expect(page).toContain('It expires soon.');
  await browser.post(action, formFields(page, action));
  expect(await (await browser.get('/')).text()).not.toContain('It expires soon.');
});
