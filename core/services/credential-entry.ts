import type { Dependencies } from '../dependencies.ts';
import { actorOf, type Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { readAllowedHosts } from './allowed-hosts.ts';
import { recordAuditEvent } from './audit.ts';
import { readSecretValue, storeCredentialValue } from './credentials.ts';
import { type OneTimeLink, useOneTimeLink } from './one-time-links.ts';
import { storeRotatedValue } from './rotated-values.ts';

export interface EntryTarget {
  credentialName: string;
  /** What the form begins with: hosts that are allowed already and those that were proposed. */
  hosts: string[];
  /** The e-mail address of who asked. */
  asker: string;
}

/** What an entry link asks for; null when the credential is gone. */
export function readEntryTarget(
  { database }: Pick<Dependencies, 'database'>,
  link: OneTimeLink,
): Promise<EntryTarget | null> {
  return database.inOrganization(link.organizationId, async (transaction) => {
    const credential = await transaction.credential.findFirst({
      where: { id: link.credentialId ?? undefined, deletedAt: null },
      select: { name: true, allowedHosts: true },
    });
    if (credential === null || link.credentialId === null) return null;
    const asker = await transaction.person.findUnique({ where: { id: link.personId }, select: { email: true } });
    return {
      credentialName: credential.name,
      hosts: [...new Set([...credential.allowedHosts, ...link.proposedHosts])],
      asker: asker?.email ?? 'somebody who is gone',
    };
  });
}

/**
 * Takes a credential's value in through its link, which is then used up. Invariant 9: the person says where it may go,
 * and somewhere it must.
 * @throws PublicError `invalid_request` (the link stays good), `conflict`
 */
export async function enterCredentialValue(
  dependencies: Dependencies,
  { link, caller, value, hosts }: { link: OneTimeLink; caller: Caller; value: string; hosts: string[] },
): Promise<void> {
  const { credentialId } = link;
  const secretValue = readSecretValue(value);
  const allowedHosts = readAllowedHosts(hosts);
  if (allowedHosts.length === 0) {
    const message = 'Name at least one host, such as api.stripe.com. Without one the value could be sent nowhere.';
    throw new PublicError('invalid_request', message, { issues: [{ path: 'allowed_hosts', message }] });
  }
  await dependencies.vault.prepare(link.organizationId);
  const operation = await dependencies.database.inOrganization(link.organizationId, async (transaction) => {
    // The credential before its links, as everybody locks them: else two transactions wait for each other.
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${credentialId}::uuid FOR UPDATE`;
    if (credentialId === null || !(await useOneTimeLink(transaction, link.id))) {
      throw new PublicError('conflict', 'This link was used already or is over. Ask for a new one.', {
        members: { tools: ['create_entry_link'] },
      });
    }
    const entry = { credentialId, value: secretValue, personId: caller.person.id, allowedHosts };
    const rotated = await storeRotatedValue(transaction, dependencies, entry);
    const credential = rotated?.credential ?? (await storeCredentialValue(transaction, dependencies, entry));
    await recordAuditEvent(transaction, {
      actor: actorOf(caller),
      action: 'enter_credential_value',
      status: 200,
      outcome: 'succeeded',
      target: { kind: 'credential', id: credential.id, name: credential.name },
      arguments: { value: '(given)', allowed_hosts: allowedHosts },
      requestId: caller.requestId,
      operationId: rotated?.operation.id,
    });
    return rotated?.operation ?? null;
  });
  // The rotation looks from time to time anyway.
  if (operation !== null) {
    await dependencies.workflows.tellToLook(operation.workflowId).catch((error: unknown) => {
      dependencies.log.warn({ err: error, operation_id: operation.id }, 'a rotation was not told of its value');
    });
  }
}
