import type { Injection } from '../core/domain/injection.ts';
import { probeSchema } from '../core/domain/rotation-settings.ts';
import { adminCredentialOf, type RotatorSettings } from '../core/domain/rotators.ts';
import { parseUpstreamUrl } from '../core/outbound/upstream-url.ts';
import { createRotator } from '../core/rotators/create-rotator.ts';
import type { ProbeTarget } from '../core/rotators/probe-request.ts';
import { type Rotator, RotatorError } from '../core/rotators/rotator.ts';
import { rotatorOf } from '../core/services/credential-rotations.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Credential, CredentialVersion } from '../core/store/generated/client.ts';
import { openVersion } from '../core/vault/version-values.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';

/** What a rotator is made of, read in one transaction; its secrets are still sealed. */
export interface RotatorParts {
  settings: RotatorSettings;
  credential: Credential;
  current: CredentialVersion | null;
  admin: Credential;
  adminCurrent: CredentialVersion | null;
  probe: ProbeTarget | null;
}

/**
 * @param probing `if_linked`: keys must end, also where the agent of the probe is gone; the rotator's own way to try one
 *   then has to do
 * @throws RotatorError `permanent` when the settings name what is not there
 */
export async function readRotatorParts(
  transaction: OrganizationTransaction,
  credential: Credential,
  probing: 'always' | 'if_linked' = 'always',
): Promise<RotatorParts> {
  const settings = rotatorOf(credential);
  const adminName = adminCredentialOf(settings);
  const admin =
    adminName === null
      ? credential
      : await transaction.credential.findFirst({ where: { name: adminName, deletedAt: null, status: 'active' } });
  if (admin === null) {
    throw new RotatorError('permanent', `There is no credential "${adminName}", which the rotator's calls use.`);
  }
  const currentOf = ({ id }: Credential) =>
    transaction.credentialVersion.findFirst({ where: { credentialId: id, state: 'current' } });
  return {
    settings,
    credential,
    current: await currentOf(credential),
    admin,
    adminCurrent: await currentOf(admin),
    probe: await readProbe(transaction, credential, probing),
  };
}

/** @throws RotatorError `permanent` when no agent, or more than one, could be meant */
async function readProbe(
  transaction: OrganizationTransaction,
  credential: Credential,
  probing: 'always' | 'if_linked',
): Promise<ProbeTarget | null> {
  if (credential.probe === null) return null;
  const { agent, method, path, expect_status } = probeSchema.parse(credential.probe);
  const links = await transaction.credentialLink.findMany({
    where: { credentialId: credential.id, agent: { deletedAt: null, ...(agent !== undefined && { name: agent }) } },
    include: { agent: true },
  });
  const [link] = links;
  if (link === undefined && probing === 'if_linked') return null;
  if (link === undefined || links.length > 1) {
    const what = link === undefined ? 'no linked agent' : 'more than one linked agent';
    throw new RotatorError('permanent', `The probe means ${what}. Name the agent in the credential’s probe.`);
  }
  return {
    upstream: parseUpstreamUrl(link.agent.upstreamUrl),
    injection: link.injection as unknown as Injection,
    method,
    path,
    expectStatus: expect_status ?? null,
  };
}

/** Outside any transaction: it opens secrets, and what it makes calls other machines. */
export async function openRotator(dependencies: RotationDependencies, parts: RotatorParts): Promise<Rotator> {
  const { settings, credential, current, admin, adminCurrent, probe } = parts;
  const currentValue = current === null ? null : await openVersion(dependencies.vault, current);
  const adminValue =
    admin.id === credential.id
      ? currentValue
      : adminCurrent === null
        ? null
        : await openVersion(dependencies.vault, adminCurrent);
  const holder = ({ name, allowedHosts }: Credential) => ({ name, allowedHosts });
  return createRotator(
    settings,
    {
      agent: dependencies.outboundAgent,
      credential: { ...holder(credential), currentValue },
      admin: { ...holder(admin), value: adminValue },
    },
    probe,
  );
}
