import { randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { Role } from '../../core/domain/roles.ts';
import { API_SCOPES } from '../../core/domain/scopes.ts';
import { keepArtifact } from '../../core/services/oauth-artifacts.ts';
import { findAppCaller } from '../../core/services/oauth-grants.ts';
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

export interface SeededApp {
  caller: Extract<Caller, { kind: 'app' }>;
  connectedAppId: string;
  accessToken: string;
  refreshToken: string;
}

/** A client that a person has connected once more: a grant of its own, with the tokens issued under it. */
export async function seedApp(
  { database, config }: Pick<Dependencies, 'database' | 'config'>,
  person: Caller,
  { clientId = 'https://claude.example/client', scopes = [...API_SCOPES] as string[] } = {},
): Promise<SeededApp> {
  const grant = await database.inOrganization(person.organizationId, (transaction) =>
    transaction.oauthGrant.create({
      data: {
        id: uuid(),
        organizationId: person.organizationId,
        personId: person.person.id,
        clientId,
        clientName: 'Claude',
        scopes,
      },
    }),
  );
  const issued = { grantId: grant.id, clientId, scope: scopes.join(' '), aud: config.mcpUrl };
  const [accessToken, refreshToken] = [randomUUID(), randomUUID()];
  await keepArtifact(database, { model: 'AccessToken', id: accessToken }, issued, 3_600);
  await keepArtifact(database, { model: 'RefreshToken', id: refreshToken }, issued, 86_400);
  const caller = await findAppCaller({ database, config }, accessToken, uuid());
  if (caller?.kind !== 'app') throw new Error('The seeded app is not let in.');
  return { caller, connectedAppId: grant.connectedAppId, accessToken, refreshToken };
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
