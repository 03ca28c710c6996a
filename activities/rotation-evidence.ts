import type { Evidence, VersionEvidence } from '../core/domain/rotation-verdict.ts';
import { NO_EVIDENCE } from '../core/domain/rotation-verdict.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';

interface EvidenceRow extends Omit<VersionEvidence, 'last_used_at'> {
  version_id: string;
  last_used_at: Date | null;
}

/** What all relay processes told of the two versions of a rotation. */
export async function readEvidence(
  transaction: OrganizationTransaction,
  operationId: string,
  { newVersionId, oldVersionId }: { newVersionId: string; oldVersionId: string },
): Promise<Evidence> {
  const rows = await transaction.$queryRaw<EvidenceRow[]>`
    SELECT version_id, sum(calls)::float8 AS calls, sum(refused)::float8 AS refused, sum(errors)::float8 AS errors,
      sum(blames)::float8 AS blames, sum(double_refusals)::float8 AS double_refusals,
      sum(unrepeatable_failures)::float8 AS unrepeatable_failures, max(last_used_at) AS last_used_at
    FROM rotation_evidence WHERE operation_id = ${operationId}::uuid GROUP BY version_id`;
  const of = (versionId: string): VersionEvidence => {
    const row = rows.find(({ version_id }) => version_id === versionId);
    if (row === undefined) return NO_EVIDENCE;
    const { version_id: _, last_used_at, ...figures } = row;
    return { ...figures, last_used_at: last_used_at?.toISOString() ?? null };
  };
  return { new: of(newVersionId), old: of(oldVersionId) };
}
