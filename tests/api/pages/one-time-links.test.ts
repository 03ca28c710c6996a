import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { createAgentKey } from '../../../core/services/agent-keys.ts';
import { createEntryLink } from '../../../core/services/one-time-links.ts';
import { formFields } from '../../servers/browser.ts';
import { PASSWORD, type PagesApp, seedColleague, seedMember, signIn, startPages, submit } from './pages-app.ts';

const SECRET = 'sk_live_51HxQuietCanalWalk4f2a';

let app: PagesApp;
beforeAll(async () => {
  app = await startPages();
});
afterAll(() => app.stop());

async function revealPath({ organizationId, person }: Caller): Promise<string> {
  const { dependencies } = app;
  const agentKey = await dependencies.database.inOrganization(organizationId, (transaction) =>
    createAgentKey(transaction, dependencies, { agentId: null, name: 'billing', personId: person.id, inline: false }),
  );
  return new URL(agentKey.reveal_url ?? '').pathname;
}

async function entryPath({ organizationId, person }: Caller, proposedHosts: string[] = []) {
  const { dependencies } = app;
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const credential = await transaction.credential.create({
      data: { organizationId, name: `key-${Date.now()}`, createdBy: person.id },
    });
    const credentialId = credential.id;
    const { url } = await createEntryLink(transaction, dependencies, {
      credentialId,
      personId: person.id,
      proposedHosts,
    });
    return { credentialId, path: new URL(url).pathname };
  });
}

function auditTrail(organizationId: string) {
  return app.dependencies.database.inOrganization(organizationId, (transaction) => transaction.auditEvent.findMany());
}

describe('a reveal link', () => {
  test('shows the key once, to the asker, and only when its form is posted', async () => {
    const asker = await seedMember(app, 'manager');
    const path = await revealPath(asker);
    const { browser } = await signIn(app, asker.person.email);
    expect(await (await browser.get(path)).text()).not.toContain('id="secret"');
    const shown = await (await submit(browser, path, {})).text();
    const value = /id="secret">(agk_[0-9A-Za-z]{32})</.exec(shown)?.[1] ?? 'none';
    expect(value).toMatch(/^agk_/);
    const again = await browser.get(path);
    expect(again.status).toBe(404);
    expect(await again.text()).not.toContain(value);
    const events = await auditTrail(asker.organizationId);
    expect(events.map(({ action }) => action)).toContain('reveal_agent_key');
    expect(JSON.stringify(events)).not.toContain(value);
  });

  test('tells others who can open it and stays good', async () => {
    const asker = await seedMember(app, 'manager');
    const path = await revealPath(asker);
    const admin = await seedColleague(app, asker.organizationId, 'admin@colleague.test', 'admin');
    const foreigner = await seedMember(app);
    for (const email of [admin.email, foreigner.person.email]) {
      const { browser } = await signIn(app, email);
      const answer = await browser.get(path);
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('Only the person who asked');
    }
    const { browser } = await signIn(app, asker.person.email);
    expect(await (await submit(browser, path, {})).text()).toContain('id="secret"');
  });

  test('asks for the password when the last proof is over 10 minutes old', async () => {
    const asker = await seedMember(app, 'manager');
    const path = await revealPath(asker);
    const { browser } = await signIn(app, asker.person.email);
    const authenticatedAt = new Date(Date.now() - 11 * 60_000);
    await app.dependencies.database.inInstance((transaction) =>
      transaction.session.updateMany({ where: { personId: asker.person.id }, data: { authenticatedAt } }),
    );
    expect(await (await browser.get(path)).text()).toContain('name="password"');
    const refused = await submit(browser, path, { password: 'not this one' });
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain('agk_');
    expect(await (await submit(browser, path, { password: PASSWORD })).text()).toContain('id="secret"');
  });
});

describe('an entry link', () => {
  test('takes a value in from another manager, once, and shows it nowhere', async () => {
    const asker = await seedMember(app, 'manager');
    const { path, credentialId } = await entryPath(asker, ['api.stripe.test']);
    const colleague = await seedColleague(app, asker.organizationId, 'manager@colleague.test', 'manager');
    const { browser } = await signIn(app, colleague.email);
    const page = await (await browser.get(path)).text();
    expect(page).toContain('api.stripe.test</textarea>');
    const fields = { ...formFields(page, path), value: SECRET, allowed_hosts: 'api.stripe.test\r\n' };
    const [first, second] = await Promise.all([browser.post(path, fields), browser.post(path, fields)]);
    expect([first.status, second.status].sort()).toEqual([200, 404]);
    const { database } = app.dependencies;
    const credential = await database.inOrganization(asker.organizationId, (transaction) =>
      transaction.credential.findUniqueOrThrow({ where: { id: credentialId }, include: { versions: true } }),
    );
    expect(credential.allowedHosts).toEqual(['api.stripe.test']);
    expect(credential.versions).toHaveLength(1);
    const events = await auditTrail(asker.organizationId);
    expect(events.map(({ action }) => action)).toContain('enter_credential_value');
    for (const text of [JSON.stringify(events), await first.text(), await second.text()]) {
      expect(text).not.toContain(SECRET);
    }
  });

  test('accepts no empty allowed_hosts, and stays good', async () => {
    const asker = await seedMember(app, 'manager');
    const { path } = await entryPath(asker);
    const { browser } = await signIn(app, asker.person.email);
    const refused = await submit(browser, path, { value: SECRET, allowed_hosts: ' \r\n ' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).not.toContain(SECRET);
    expect((await submit(browser, path, { value: SECRET, allowed_hosts: 'api.stripe.test' })).status).toBe(200);
  });

  test('is not for operators, and ends when a newer one is made', async () => {
    const asker = await seedMember(app, 'manager');
    const { path, credentialId } = await entryPath(asker);
    const operator = await seedColleague(app, asker.organizationId, 'operator@colleague.test', 'operator');
    const { browser } = await signIn(app, operator.email);
    expect((await browser.get(path)).status).toBe(403);
    const { dependencies } = app;
    await dependencies.database.inOrganization(asker.organizationId, (transaction) =>
      createEntryLink(transaction, dependencies, { credentialId, personId: asker.person.id, proposedHosts: [] }),
    );
    const manager = await signIn(app, asker.person.email);
    expect(await (await manager.browser.get(path)).text()).toContain('A newer link took the place');
  });
});
