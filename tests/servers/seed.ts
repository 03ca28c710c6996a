import { randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import type { Role } from '../../core/domain/roles.ts';
import { hashPassword } from '../../core/services/passwords.ts';
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

/** Lets a person sign in, whom `seedCaller` made without a password. */
export async function givePassword(database: Database, personId: string, password: string): Promise<void> {
  const passwordHash = await hashPassword(password);
  await database.inInstance((transaction) =>
    transaction.person.update({ where: { id: personId }, data: { passwordHash } }),
  );
}

/** A live agent of an organization, made straight in the database. */
export async function seedAgent(database: Database, organizationId: string, name = 'stripe-relay'): Promise<string> {
  const { id } = await database.inOrganization(organizationId, (transaction) =>
    transaction.agent.create({ data: { organizationId, name, labels: [], upstreamUrl: 'https://api.stripe.test' } }),
  );
  return id;
}

/** A further member of a caller's organization. */
export async function addMember(database: Database, caller: Caller, role: Role): Promise<Caller & { kind: 'session' }> {
  const { organizationId, organizationName } = caller;
  const person = { id: uuid(), email: `${role}-${randomUUID().slice(0, 8)}@example.test`, name: `Another ${role}` };
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.person.create({ data: { ...person, passwordHash: 'none: nobody signs in with it' } });
    await transaction.membership.create({ data: { organizationId, personId: person.id, role } });
  });
  return { kind: 'session', sessionId: uuid(), person, organizationId, organizationName, role, requestId: uuid() };
}

/** The same caller in a session that was signed in to a moment ago. */
export async function freshSession(database: Database, caller: Caller): Promise<Caller & { kind: 'session' }> {
  const { person, organizationId, organizationName, role, requestId } = caller;
  const { id: sessionId } = await database.inInstance((transaction) =>
    transaction.session.create({
      data: {
        tokenHash: Buffer.from(randomUUID()),
        personId: person.id,
        expiresAt: new Date(Date.now() + 3_600_000),
        address: '127.0.0.1',
        userAgent: 'test',
      },
    }),
  );
  return { kind: 'session', sessionId, person, organizationId, organizationName, role, requestId };
}
