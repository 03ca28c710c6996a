import type { RunningRotation } from '../../core/domain/rotation.ts';
import type { LinkedCredential, LinkedRotation, LinkedVersion } from './build-route.ts';

/** A link with one of its credential's versions. */
export interface VersionRow {
  agentId: string;
  organizationId: string;
  credentialId: string;
  versionId: string | null;
  isCurrent: boolean | null;
  allowedHosts: readonly string[];
  injection: unknown;
  rotation: RunningRotation | null;
}

/** Joins the rows of each link: its present value, and both of a rotation. */
export function foldVersions<Row extends VersionRow>(
  rows: readonly Row[],
  secretOf: (row: Row) => string | null,
): Map<string, LinkedCredential[]> {
  const links = Map.groupBy(rows, ({ agentId, credentialId }) => `${agentId}/${credentialId}`);
  const byAgent = new Map<string, LinkedCredential[]>();
  for (const [first, ...others] of links.values()) {
    if (first === undefined) continue;
    const { agentId, credentialId, allowedHosts, injection, rotation } = first;
    const versions = [first, ...others];
    const versionOf = (row: Row | undefined): LinkedVersion => ({
      versionId: row?.versionId ?? null,
      secretValue: row === undefined ? null : secretOf(row),
    });
    const of = (id: string) => versionOf(versions.find(({ versionId }) => versionId === id));
    const linked: LinkedCredential = {
      credentialId,
      allowedHosts,
      injection,
      ...versionOf(versions.find(({ isCurrent }) => isCurrent)),
      rotation: rotation === null ? null : linkedRotation(rotation, of),
    };
    const ofAgent = byAgent.get(agentId);
    if (ofAgent === undefined) byAgent.set(agentId, [linked]);
    else ofAgent.push(linked);
  }
  return byAgent;
}

/** null where the old version has no value: then there is nothing but the present one. */
function linkedRotation(running: RunningRotation, of: (id: string) => LinkedVersion): LinkedRotation | null {
  const [fresh, old] = [of(running.new_version_id), of(running.old_version_id)];
  return old.secretValue === null ? null : { running, fresh, old };
}
