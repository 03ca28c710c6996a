import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import { networkOf } from './networks.ts';
import { insertOrganization } from './organizations.ts';
import { createPerson, hashNewPassword } from './people.ts';
import { type FirstAdmin, isSetUp } from './setup.ts';
import { countSignUp } from './sign-in-throttle.ts';

/** Whether strangers may make an account: `AGENTGATEWAY_SIGNUP=open`, once the installation is set up. */
export async function signUpIsOpen(dependencies: Pick<Dependencies, 'config' | 'database'>): Promise<boolean> {
  return dependencies.config.AGENTGATEWAY_SIGNUP === 'open' && (await isSetUp(dependencies));
}

/**
 * A stranger's account and organization.
 * @throws PublicError `conflict` when the e-mail address has an account, `forbidden`, `rate_limited`
 */
export async function signUp(
  dependencies: Dependencies,
  { organization, email, name, password, requestId, address }: FirstAdmin & { address: string },
): Promise<{ id: string; email: string; organizationId: string }> {
  if (!(await signUpIsOpen(dependencies))) {
    throw new PublicError(
      'forbidden',
      'Accounts are made by invitation here. Ask an admin of your organization for one.',
    );
  }
  // Nobody has shown that the address is theirs, and these addresses open the whole installation.
  if (dependencies.config.AGENTGATEWAY_OWNERS.includes(email)) {
    const message = 'This address belongs to an owner of the installation, who is invited by mail.';
    throw new PublicError('forbidden', message, { issues: [{ path: 'email', message }] });
  }
  await countSignUp(dependencies, networkOf(address));
  const passwordHash = await hashNewPassword(password, email);
  const organizationId = uuid();
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const id = await createPerson(transaction, { email, name, passwordHash });
    await insertOrganization(transaction, { name: organization, admin: { id, email }, requestId });
    return { id, email, organizationId };
  });
}
