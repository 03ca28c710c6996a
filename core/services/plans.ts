import { actorOf, type Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { inOtherOrganization } from '../store/other-organization.ts';
import { recordAuditEvent } from './audit.ts';

export interface PlanLimits {
  /** null: no limit. */
  requests_per_month: number | null;
  /** How long request logs are kept. */
  retention_days: number;
}

/** What holds without a plan. */
const NO_PLAN: PlanLimits = { requests_per_month: null, retention_days: 30 };

export async function readPlan(transaction: OrganizationTransaction): Promise<PlanLimits> {
  const row = await transaction.plan.findUnique({ where: { organizationId: transaction.organizationId } });
  if (row === null) return NO_PLAN;
  return {
    requests_per_month: row.requestsPerMonth === null ? null : Number(row.requestsPerMonth),
    retention_days: row.retentionDays,
  };
}

/** Who may not set its plan learns nothing of another organization. */
export function noSuchOrganization(id: string): PublicError {
  return new PublicError(
    'not_found',
    `There is no organization "${id}" whose plan you may set. Its ID stands where its members see who they are.`,
    { members: { tools: ['whoami'] } },
  );
}

interface OrganizationPlan {
  organization: { id: string; name: string };
  plan: PlanLimits;
}

/**
 * Sets the plan of any organization, on its own audit trail too; the caller is an instance owner. Relays keep to it within
 * two seconds.
 */
export async function setPlan(
  transaction: OrganizationTransaction,
  caller: Caller,
  organizationId: string,
  change: Partial<PlanLimits>,
): Promise<OrganizationPlan> {
  if (organizationId === caller.organizationId) return writePlan(transaction, change);
  return inOtherOrganization(transaction, organizationId, async (other) => {
    const written = await writePlan(other, change);
    await recordAuditEvent(other, {
      actor: actorOf(caller),
      action: 'update_plan',
      status: 200,
      outcome: 'succeeded',
      target: { kind: 'organization', ...written.organization },
      arguments: { ...written.plan },
      requestId: caller.requestId,
    });
    return written;
  });
}

async function writePlan(
  transaction: OrganizationTransaction,
  { requests_per_month, retention_days }: Partial<PlanLimits>,
): Promise<OrganizationPlan> {
  const { organizationId } = transaction;
  const organization = await transaction.organization.findUnique({
    where: { id: organizationId },
    select: { id: true, name: true },
  });
  if (organization === null) throw noSuchOrganization(organizationId);
  const limits = {
    ...(requests_per_month !== undefined && { requestsPerMonth: requests_per_month }),
    ...(retention_days !== undefined && { retentionDays: retention_days }),
  };
  await transaction.plan.upsert({
    where: { organizationId },
    create: { organizationId, ...limits },
    update: { ...limits, updatedAt: new Date() },
  });
  return { organization, plan: await readPlan(transaction) };
}
