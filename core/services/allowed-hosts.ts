import type { Config } from '../config.ts';
import type { Injection } from '../domain/injection.ts';
import { PublicError } from '../errors.ts';
import { linkDestinations, mailDestinations } from '../outbound/link-destinations.ts';
import {
  hostAllowed,
  hostEntry,
  parseHostEntry,
  parseUpstreamUrl,
  type UpstreamUrl,
  UpstreamUrlError,
} from '../outbound/upstream-url.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/**
 * Normalises entries of `allowed_hosts`: exact, no wildcards, each once.
 * @throws PublicError `invalid_request` that names the wrong entry
 */
export function readAllowedHosts(entries: readonly string[]): string[] {
  const read = entries.map((entry) => {
    try {
      return parseHostEntry(entry);
    } catch (error) {
      if (!(error instanceof UpstreamUrlError)) throw error;
      throw new PublicError('invalid_request', `allowed_hosts: "${entry.slice(0, 100)}": ${error.message}.`, {
        issues: [{ path: 'allowed_hosts', message: error.message }],
      });
    }
  });
  return [...new Set(read)];
}

/**
 * An agent's links with their credentials, whose allowed hosts nobody changes until the transaction ends: what is
 * checked against them still holds when the change commits. The caller holds the agent's lock.
 */
export async function lockLinkedCredentials(transaction: OrganizationTransaction, agentId: string) {
  await transaction.$queryRaw`
    SELECT c.id FROM credential c JOIN credential_link l ON l.credential_id = c.id
    WHERE l.agent_id = ${agentId}::uuid ORDER BY c.id FOR SHARE OF c`;
  return transaction.credentialLink.findMany({ where: { agentId }, include: { credential: true } });
}

/**
 * Invariant 9: a secret goes only where a person or an API token said that it may.
 * @throws PublicError `host_not_allowed` with `allow_url`, the page where a manager or admin allows it
 */
export function requireAllowedHost(
  config: Config,
  organizationId: string,
  credential: { id: string; name: string; allowedHosts: string[] },
  upstream: UpstreamUrl,
): void {
  if (hostAllowed(credential.allowedHosts, upstream)) return;
  const host = hostEntry(upstream);
  const query = new URLSearchParams({ host, organization: organizationId });
  throw new PublicError(
    'host_not_allowed',
    `The credential "${credential.name}" may not be sent to ${host}. A manager or admin can allow it at allow_url; then repeat this call.`,
    { members: { host, allow_url: `${config.publicUrl}/credentials/${credential.id}/allow-host?${query}` } },
  );
}

/**
 * A new list must not cut off what uses the credential already.
 * @throws PublicError `conflict` with the agents and mailboxes that it would cut off
 */
export async function requireLinkedHosts(
  transaction: OrganizationTransaction,
  credentialId: string,
  hosts: readonly string[],
): Promise<void> {
  const links = await transaction.credentialLink.findMany({
    where: { credentialId, agent: { deletedAt: null } },
    include: { agent: true },
  });
  const cutOff = links.filter(({ agent, injection }) =>
    linkDestinations(injection as unknown as Injection, parseUpstreamUrl(agent.upstreamUrl)).some(
      (url) => !hostAllowed(hosts, url),
    ),
  );
  if (cutOff.length > 0) {
    const names = cutOff.map(({ agent }) => agent.name).join(', ');
    throw new PublicError(
      'conflict',
      `These linked agents call hosts, or fetch tokens from hosts, that are not in the new list: ${names}. Unlink them first.`,
    );
  }
  const mailboxes = await transaction.mailbox.findMany({ where: { credentialId, deletedAt: null } });
  const silenced = mailboxes.filter((mailbox) => mailDestinations(mailbox).some((url) => !hostAllowed(hosts, url)));
  if (silenced.length > 0) {
    const names = silenced.map(({ address }) => address).join(', ');
    throw new PublicError(
      'conflict',
      `These mailboxes sign in at hosts that are not in the new list: ${names}. Give them another credential first.`,
    );
  }
}
