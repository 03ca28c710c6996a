import type { Dependencies } from '../dependencies.ts';
import { ROLES, type Role, roleAtLeast } from '../domain/roles.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Notice } from '../store/generated/client.ts';
import { canSendMail, sendMail } from './mail.ts';

export interface NewNotice {
  /** approval | value | key_in_doubt | credential_expires | rotation_failed | usage | handed_over */
  kind: string;
  target: { kind: string; id: string; name: string };
  /** What it is told on, such as `2026-01-31/7 days before`: the same occasion is told once. */
  occasion: string;
  /** Plain text; no secret, no one-time link. */
  text: string;
  operationId?: string;
}

/** @returns whether it is new: only then mail is sent */
export async function giveNotice(transaction: OrganizationTransaction, notice: NewNotice): Promise<boolean> {
  const { kind, target, occasion, text, operationId } = notice;
  const { count } = await transaction.notice.createMany({
    data: {
      organizationId: transaction.organizationId,
      kind,
      targetKind: target.kind,
      targetId: target.id,
      targetName: target.name,
      occasion,
      text,
      operationId: operationId ?? null,
    },
    skipDuplicates: true,
  });
  return count === 1;
}

/** What an operation asked for is settled: its notices need not be looked at any more. */
export async function dismissNoticesOf(transaction: OrganizationTransaction, operationId: string): Promise<void> {
  await transaction.notice.updateMany({ where: { operationId, dismissedAt: null }, data: { dismissedAt: new Date() } });
}

export function describeNotice(notice: Notice) {
  return {
    id: notice.id,
    kind: notice.kind,
    target: { kind: notice.targetKind, id: notice.targetId, name: notice.targetName },
    text: notice.text,
    operation_id: notice.operationId,
    created_at: notice.createdAt.toISOString(),
  };
}

/** Those that nobody dismissed, the newest first. */
export function openNotices(transaction: OrganizationTransaction, limit: number): Promise<Notice[]> {
  return transaction.notice.findMany({ where: { dismissedAt: null }, orderBy: { createdAt: 'desc' }, take: limit });
}

/** The e-mail addresses of the members from a role upwards, or of some people who are members still. */
export async function addressesOf(
  transaction: OrganizationTransaction,
  who: { role: Role } | { personIds: readonly string[] },
): Promise<string[]> {
  const rows = await transaction.membership.findMany({
    where:
      'role' in who
        ? { role: { in: ROLES.filter((role) => roleAtLeast(role, who.role)) } }
        : { personId: { in: [...who.personIds] } },
    select: { person: { select: { email: true } } },
  });
  return rows.map(({ person }) => person.email);
}

/** Sends a notice by mail where `SMTP_URL` is set; the dashboard shows it anyway, so a lost mail harms nothing. */
export async function mailNotice(
  dependencies: Pick<Dependencies, 'config' | 'log'>,
  to: readonly string[],
  { subject, text }: { subject: string; text: string },
): Promise<void> {
  if (!canSendMail(dependencies)) return;
  const outcomes = await Promise.allSettled(
    to.map((address) => sendMail(dependencies, { to: address, subject, text })),
  );
  const failed = outcomes.filter(({ status }) => status === 'rejected').length;
  if (failed > 0) dependencies.log.warn({ failed, sent: to.length - failed }, 'a notice could not be mailed to all');
}
