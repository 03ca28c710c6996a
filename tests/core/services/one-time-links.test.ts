import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createEntryLink, findOneTimeLink, useOneTimeLink } from '../../../core/services/one-time-links.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

async function newLink() {
  const { dependencies } = world;
  const { organizationId, person } = await seedCaller(dependencies.database);
  const { url } = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { id } = await transaction.credential.create({
      data: { organizationId, name: 'stripe-prod-key', createdBy: person.id },
    });
    return createEntryLink(transaction, dependencies, { credentialId: id, personId: person.id, proposedHosts: [] });
  });
  const presented = url.split('/').at(-1) ?? '';
  const look = () => findOneTimeLink(dependencies, 'entry', presented);
  const link = await look();
  if (link === null) throw new Error('The link is not found.');
  const use = () =>
    dependencies.database.inOrganization(organizationId, (transaction) => useOneTimeLink(transaction, link.id));
  const expire = () =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.oneTimeLink.update({ where: { id: link.id }, data: { expiresAt: new Date() } }),
    );
  return { presented, look, use, expire };
}

describe('a one-time link', () => {
  test('is used once, also by two at once, and looking does not use it', async () => {
    const { look, use } = await newLink();
    expect(await look()).toMatchObject({ state: 'open' });
    const uses = await Promise.all([use(), use()]);
    expect(uses.sort()).toEqual([false, true]);
    expect(await look()).toMatchObject({ state: 'used' });
  });

  test('is over after its time', async () => {
    const { look, use, expire } = await newLink();
    await expire();
    expect(await use()).toBe(false);
    expect(await look()).toMatchObject({ state: 'expired' });
  });

  test('to enter a value ends the one before, also of several made at once', async () => {
    const { dependencies } = world;
    const { organizationId, person } = await seedCaller(dependencies.database);
    const { id: credentialId } = await dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.credential.create({ data: { organizationId, name: 'stripe-prod-key', createdBy: person.id } }),
    );
    const make = () =>
      dependencies.database.inOrganization(organizationId, (transaction) =>
        createEntryLink(transaction, dependencies, { credentialId, personId: person.id, proposedHosts: [] }),
      );
    const made = await Promise.all([1, 2, 3, 4, 5, 6].map(make));
    const links = await Promise.all(
      made.map(({ url }) => findOneTimeLink(dependencies, 'entry', url.split('/').at(-1) ?? '')),
    );
    expect(links.filter((link) => link?.state === 'open')).toHaveLength(1);
  });

  test('opens no page of the other kind', async () => {
    const { presented } = await newLink();
    expect(await findOneTimeLink(world.dependencies, 'reveal', presented)).toBeNull();
  });
});
