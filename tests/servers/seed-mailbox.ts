import { randomUUID } from 'node:crypto';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { storeCredentialValue } from '../../core/services/credentials.ts';
import type { Mailbox } from '../../core/store/generated/client.ts';
import type { ImapServer } from './mail-program.ts';

/** A mailbox at a test's own servers, made straight in the database; `smtpPort` where something is sent. */
export async function seedMailbox(
  dependencies: Dependencies,
  caller: Caller,
  {
    dovecot,
    address,
    smtpPort = 1,
  }: { dovecot: Pick<ImapServer, 'ports' | 'password'>; address: string; smtpPort?: number },
): Promise<Mailbox> {
  const { organizationId } = caller;
  await dependencies.vault.prepare(organizationId);
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { id: credentialId } = await transaction.credential.create({
      data: { organizationId, name: `mailbox-${randomUUID().slice(0, 8)}`, createdBy: caller.person.id },
    });
    await storeCredentialValue(transaction, dependencies, {
      credentialId,
      value: dovecot.password,
      personId: caller.person.id,
      allowedHosts: ['localhost'],
    });
    return transaction.mailbox.create({
      data: {
        organizationId,
        address,
        displayName: 'Support',
        imapHost: 'localhost',
        imapPort: dovecot.ports.imaps,
        imapTls: 'implicit',
        smtpHost: 'localhost',
        smtpPort,
        smtpTls: 'implicit',
        login: address,
        auth: { kind: 'password' },
        credentialId,
        createdBy: caller.person.id,
      },
    });
  });
}
