import { v7 as uuid } from 'uuid';
import { ConfigError } from '../config.ts';
import type { Dependencies } from '../dependencies.ts';
import { API_TOKEN_SCOPES } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { insertOrganization } from './organizations.ts';
import { passwordProblem } from './passwords.ts';
import { createPerson, hashNewPassword, type NewPerson } from './people.ts';

export interface FirstAdmin {
  organization: string;
  email: string;
  name: string;
  password: string;
  requestId: string;
}

/** Whether the installation has an organization. */
export async function isSetUp({ database }: Pick<Dependencies, 'database'>): Promise<boolean> {
  const [answer] = await database.inInstance(
    (transaction) => transaction.$queryRaw<{ any: boolean }[]>`SELECT any_organization() AS "any"`,
  );
  return answer?.any === true;
}

/**
 * At the app's start: the link to create the first organization and its admin, or null when there is one. The settings
 * `AGENTGATEWAY_ADMIN_EMAIL`, `_ADMIN_PASSWORD` and `_ORG` make both without the link. A newer link ends the older.
 * @throws ConfigError when only some of the three are set, or the password is too weak
 */
export async function ensureSetupLink(dependencies: Dependencies): Promise<string | null> {
  if (await isSetUp(dependencies)) return null;
  if (await createFirstAdmin(dependencies)) return null;
  const presented = newBearerSecret('agl_');
  await dependencies.database.inInstance((transaction) =>
    transaction.instance.update({ where: { id: 1 }, data: { setupTokenHash: bearerHash(presented) } }),
  );
  return `${dependencies.config.publicUrl}/setup/${presented}`;
}

/** Makes the first admin of the settings. @returns false when the settings name none */
export async function createFirstAdmin(dependencies: Dependencies): Promise<boolean> {
  const { AGENTGATEWAY_ADMIN_EMAIL: email, AGENTGATEWAY_ADMIN_PASSWORD: password } = dependencies.config;
  const { AGENTGATEWAY_ORG: organization, AGENTGATEWAY_API_TOKEN: apiToken } = dependencies.config;
  if (email === undefined && password === undefined && organization === undefined && apiToken === undefined)
    return false;
  if (email === undefined || password === undefined || organization === undefined) {
    throw new ConfigError(
      'AGENTGATEWAY_ADMIN_EMAIL, AGENTGATEWAY_ADMIN_PASSWORD and AGENTGATEWAY_ORG go together: set all three or none.',
    );
  }
  const problem = passwordProblem(password, email);
  if (problem !== undefined) throw new ConfigError(`AGENTGATEWAY_ADMIN_PASSWORD: ${problem}`);
  const admin = { organization, email, name: email.split('@')[0] ?? email, password, requestId: uuid() };
  await insertFirstAdmin(dependencies, admin, null, async (transaction, personId) => {
    if (apiToken !== undefined) await insertGivenApiToken(transaction, personId, apiToken);
  });
  return true;
}

async function insertGivenApiToken(
  transaction: OrganizationTransaction,
  personId: string,
  value: string,
): Promise<void> {
  await transaction.apiToken.createMany({
    data: [
      {
        organizationId: transaction.organizationId,
        personId,
        name: 'AGENTGATEWAY_API_TOKEN',
        hash: bearerHash(value),
        fingerprint: fingerprint(value),
        scopes: [...API_TOKEN_SCOPES],
      },
    ],
  });
}

/** Whether a set-up link is still good; looking uses nothing up. */
export async function setupLinkIsGood(
  { database }: Pick<Dependencies, 'database'>,
  presented: string,
): Promise<boolean> {
  const instance = await database.inInstance((transaction) =>
    transaction.instance.findFirst({ where: { setupTokenHash: bearerHash(presented), firstAdminId: null } }),
  );
  return instance !== null;
}

function linkIsOver(): PublicError {
  return new PublicError('conflict', 'This set-up link was used already. Sign in instead.');
}

/**
 * Uses the set-up link: the first organization and its admin, once.
 * @returns the admin
 * @throws PublicError `conflict` when it was used or replaced
 */
export async function completeSetup(dependencies: Dependencies, presented: string, admin: FirstAdmin) {
  // Before anything else: a stranger makes us hash no password, and learns of no e-mail address whether it has an account.
  if (!(await setupLinkIsGood(dependencies, presented))) throw linkIsOver();
  return insertFirstAdmin(dependencies, admin, bearerHash(presented), async () => {});
}

async function insertFirstAdmin(
  { database }: Dependencies,
  admin: FirstAdmin,
  setupTokenHash: Buffer<ArrayBuffer> | null,
  more: (transaction: OrganizationTransaction, personId: string) => Promise<void>,
): Promise<{ id: string; email: string; organizationId: string }> {
  const { email, name } = admin;
  const person: NewPerson = { email, name, passwordHash: await hashNewPassword(admin.password, email) };
  const organizationId = uuid();
  return database.inOrganization(organizationId, async (transaction) => {
    const id = await createPerson(transaction, person);
    // The one row is locked by the first of two at once; the second then finds the admin there.
    const { count } = await transaction.instance.updateMany({
      where: { id: 1, firstAdminId: null, ...(setupTokenHash !== null && { setupTokenHash }) },
      data: { firstAdminId: id, setupTokenHash: null },
    });
    if (count !== 1) throw linkIsOver();
    await insertOrganization(transaction, {
      name: admin.organization,
      admin: { id, email },
      requestId: admin.requestId,
    });
    await more(transaction, id);
    return { id, email, organizationId };
  });
}
