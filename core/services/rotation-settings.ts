import type { Dependencies } from '../dependencies.ts';
import { dueAt, type Probe, type RotationPolicy } from '../domain/rotation-settings.ts';
import { adminCredentialOf, type RotatorSettings } from '../domain/rotators.ts';
import { PublicError } from '../errors.ts';
import { parseUpstreamUrl, UpstreamUrlError } from '../outbound/upstream-url.ts';
import { type RotatorDestination, rotatorDestinations } from '../rotators/destinations.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { type Credential, Prisma } from '../store/generated/client.ts';
import { requireAllowedHost } from './allowed-hosts.ts';

interface Context extends Pick<Dependencies, 'config'> {
  transaction: OrganizationTransaction;
}

interface Given {
  rotator?: RotatorSettings | null | undefined;
  probe?: Probe | null | undefined;
  rotation_policy?: RotationPolicy | null | undefined;
}

/**
 * What a person's new settings change in a credential's row.
 * @param credential as it will be
 * @throws PublicError `host_not_allowed` where a request would take a secret to another host, `invalid_request`
 */
export async function rotationChange(
  context: Context,
  credential: Credential,
  { rotator, probe, rotation_policy: policy }: Given,
): Promise<Prisma.CredentialUpdateInput> {
  if (rotator != null) await checkRotator(context, credential, rotator);
  if (probe != null) await checkProbe(context, credential, probe);
  return {
    ...(rotator !== undefined && { rotator: asJson(rotator) }),
    ...(probe !== undefined && { probe: asJson(probe) }),
    ...(policy !== undefined && {
      rotationPolicy: asJson(policy),
      rotationDueAt: policy === null ? null : dueAt(policy, await currentSince(context, credential)),
    }),
  };
}

function asJson(value: object | null): Prisma.InputJsonObject | typeof Prisma.DbNull {
  return value === null ? Prisma.DbNull : (value as Prisma.InputJsonObject);
}

/** Since when the current value has been in use, in milliseconds since 1970. */
async function currentSince({ transaction }: Context, { id, createdAt }: Credential): Promise<number> {
  const current = await transaction.credentialVersion.findFirst({ where: { credentialId: id, state: 'current' } });
  return (current?.cutOverAt ?? current?.createdAt ?? createdAt).getTime();
}

/** Invariant 9: every request of a rotator goes where the credential whose secret it carries may go. */
async function checkRotator(
  { transaction, config }: Context,
  credential: Credential,
  settings: RotatorSettings,
): Promise<void> {
  const adminName = adminCredentialOf(settings);
  const admin =
    adminName === null
      ? credential
      : await transaction.credential.findFirst({ where: { name: adminName, deletedAt: null } });
  if (admin === null) throw invalid('rotator', `there is no credential "${adminName}"`);
  for (const { secretOf, upstream } of destinationsOf(settings)) {
    requireAllowedHost(config, transaction.organizationId, secretOf === 'admin' ? admin : credential, upstream);
  }
}

function destinationsOf(settings: RotatorSettings): RotatorDestination[] {
  try {
    return rotatorDestinations(settings);
  } catch (error) {
    if (!(error instanceof UpstreamUrlError)) throw error;
    throw invalid('rotator', error.message);
  }
}

async function checkProbe({ transaction, config }: Context, credential: Credential, { agent }: Probe): Promise<void> {
  const links = await transaction.credentialLink.findMany({
    where: { credentialId: credential.id, agent: { deletedAt: null, ...(agent !== undefined && { name: agent }) } },
    include: { agent: true },
  });
  const [link] = links;
  if (link === undefined) throw invalid('probe.agent', 'link the credential to this agent first');
  if (links.length > 1) throw invalid('probe.agent', 'name the agent: the credential is linked to several');
  requireAllowedHost(config, transaction.organizationId, credential, parseUpstreamUrl(link.agent.upstreamUrl));
}

function invalid(path: string, message: string): PublicError {
  return new PublicError('invalid_request', `${path}: ${message}.`, { issues: [{ path, message }] });
}
