import { randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import type { Role } from '../../core/domain/roles.ts';
import type { Database } from '../../core/store/database.ts';

/** A new organization with one member, as that member's session calls operations. */
export async function seedCaller(database: Database, role: Role = 'admin'): Promise<Caller & { kind: 'session' }> {
  const organizationId = uuid();
  const unique = randomUUID().slice(0, 8);
  const organizationName = `Organization ${unique}`;
  const person = { id: uuid(), email: `${role}-${unique}@example.test`, name: `A ${role}` };
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.person.create({ data: { ...person, passwordHash: 'none: nobody signs in with it' } });
    await transaction.organization.create({ data: { id: organizationId, name: organizationName } });
    await transaction.membership.create({ data: { organizationId, personId: person.id, role } });
  });
  return { kind: 'session', sessionId: uuid(), person, organizationId, organizationName, role, requestId: uuid() };
}

/** A live agent of an organization, made straight in the database. */
export async function seedAgent(database: Database, organizationId: string, name = 'stripe-relay'): Promise<string> {
  const { id } = await database.inOrganization(organizationId, (transaction) =>
    transaction.agent.create({ data: { organizationId, name, labels: [], upstreamUrl: 'https://api.stripe.test' } }),
  );
  return id;
}
