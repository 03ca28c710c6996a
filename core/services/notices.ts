import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { AlertNotification, AlertSeverity } from '../domain/alert-notification.ts';
import type { EntryRequest } from '../domain/delivery-message.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { type Delivery, Prisma } from '../store/generated/client.ts';
import { planNotice } from './delivery-plan.ts';
import type { Addressees } from './member-addresses.ts';

/** A notice is an alert of the system: of something that waits for a person, which no rule watches. */
export type NoticeKind =
  | 'approval'
  | 'value'
  | 'key_in_doubt'
  | 'key_left'
  | 'credential_expires'
  | 'rotation_failed'
  | 'usage'
  | 'handed_over'
  | 'email_in_doubt'
  | 'email_bounced';

/** A notice as the dashboard shows it. */
export interface ShownNotice {
  kind: NoticeKind;
  severity: AlertSeverity;
  target: { kind: string; id: string; name: string };
  /** What it is about: a newer notice of the same matter takes the older one's place. */
  matter: string;
  /** On what it is told, such as `7 days before`: the same occasion of a matter is told once. */
  occasion: string;
  title: string;
  /** Plain text; no secret, no one-time link. */
  text: string;
  /** Ends it when it ends. */
  operationId?: string;
}

export interface NewNotice extends ShownNotice {
  /** What a mail says instead, where there is more to say. */
  longText?: string;
  /** Where to do something about it, under the dashboard's address. */
  path: string;
  /** Who is told by mail; the admins, where none of them is a member any more. */
  to: Addressees;
  /** A mail brings a new link to enter a credential's value. */
  entry?: EntryRequest;
}

/**
 * Gives a notice that stands on the dashboard alone.
 * @returns its alert's ID; null where the occasion was told already
 */
export async function showNotice(
  transaction: OrganizationTransaction,
  { kind, target, matter, occasion, severity, title, text, operationId }: ShownNotice,
): Promise<string | null> {
  const { organizationId } = transaction;
  const [id, at] = [uuid(), new Date()];
  const { count } = await transaction.alert.createMany({
    data: {
      id,
      organizationId,
      kind,
      name: title,
      severity,
      text,
      targetKind: target.kind,
      targetId: target.id,
      targetName: target.name,
      occasion: `${matter}/${occasion}`,
      operationId: operationId ?? null,
      since: at,
      firedAt: at,
      // Its deliveries are planned here: no workflow has anything to tell of it.
      sequence: 1,
      toldSequence: 1,
    },
    skipDuplicates: true,
  });
  if (count === 0) return null;
  await transaction.alertChange.create({ data: { alertId: id, organizationId, sequence: 1, change: 'firing', at } });
  const older = { kind, targetId: target.id, occasion: { startsWith: `${matter}/` }, id: { not: id } };
  await endNotices(transaction, older, 'A newer notice took its place.');
  return id;
}

/**
 * Gives a notice: it stands on the dashboard, and goes out by mail where `SMTP_URL` is set.
 * @returns the deliveries that are to be made, at once or by the schedule; none where the occasion was told already
 */
export async function giveNotice(
  transaction: OrganizationTransaction,
  { config }: Pick<Dependencies, 'config'>,
  notice: NewNotice,
): Promise<Delivery[]> {
  const { organizationId } = transaction;
  const { kind, target, severity, title, text } = notice;
  const id = await showNotice(transaction, notice);
  if (id === null) return [];
  const at = new Date();
  const notification: AlertNotification = {
    organizationId,
    alertId: id,
    change: 'firing',
    sequence: 1,
    kind,
    severity,
    name: title,
    metric: notice.longText ?? text,
    agents: target.kind === 'agent' ? [target.name] : [],
    agentCount: target.kind === 'agent' ? 1 : 0,
    value: null,
    threshold: null,
    since: at.toISOString(),
    at: at.toISOString(),
    note: null,
    url: `${config.publicUrl}${notice.path}?organization=${organizationId}`,
  };
  const message = { type: 'alert' as const, ...notification, ...(notice.entry && { entry: notice.entry }) };
  return planNotice(transaction, { config }, { alertId: id, message, to: notice.to });
}

/**
 * What notices are about has ended, or somebody saw to it: nobody is told, because nobody has to do anything.
 * @param which of those that are open
 * @param note why, for who looks
 */
export async function endNotices(
  transaction: OrganizationTransaction,
  which: Prisma.AlertWhereInput,
  note: string,
): Promise<void> {
  const open = await transaction.alert.findMany({
    where: { ...which, ruleId: null, state: { not: 'resolved' } },
    select: { id: true },
  });
  if (open.length === 0) return;
  const ids = Prisma.sql`${open.map(({ id }) => id)}::uuid[]`;
  await transaction.$executeRaw`
    WITH ended AS (
      UPDATE alert SET state = 'resolved', resolved_at = now(), remind_at = NULL,
        sequence = sequence + 1, told_sequence = sequence + 1
      WHERE id = ANY (${ids}) AND state <> 'resolved' RETURNING id, organization_id, sequence)
    INSERT INTO alert_change (alert_id, organization_id, sequence, change, at, note)
    SELECT id, organization_id, sequence, 'resolved', now(), ${note} FROM ended`;
}

/** The operation that asked for something has ended, or got it: its notices need not be looked at any more. */
export function endNoticesOf(transaction: OrganizationTransaction, operationId: string): Promise<void> {
  return endNotices(transaction, { operationId }, 'It is settled.');
}
