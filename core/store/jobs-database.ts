import type pg from 'pg';
import { type AlertKeeping, createAlertKeeping } from './alert-keeping.ts';
import { type AuditHeads, createAuditHeads } from './audit-heads.ts';
import { keepHealthScores } from './health-keeping.ts';
import { createLogKeeping, type LogKeeping } from './log-keeping.ts';
import { openPool } from './pool.ts';

export interface DueRow {
  id: string;
  organizationId: string;
}

export interface StaleOperation extends DueRow {
  kind: string;
  workflowId: string;
}

export interface LostDeletion extends DueRow {
  operationId: string;
}

/** What is due, across organizations. Reads with the jobs' own role; each change is then made inside its organization. */
export interface JobsDatabase {
  organizationIds(): Promise<string[]>;
  /** Operations whose workflow should have begun long ago. */
  staleAcceptedOperations(): Promise<StaleOperation[]>;
  /** Operations of which nothing was heard for long: some of them, so that each is looked at sooner or later. */
  quietOperations(): Promise<StaleOperation[]>;
  /** Agent keys that nobody revealed in time. */
  unrevealedKeys(): Promise<DueRow[]>;
  /** Deleted credentials whose seven days are over. */
  purgeableCredentials(): Promise<DueRow[]>;
  /** Deleted agents that their own workflow should have purged long ago. */
  agentsLeftDeleted(): Promise<LostDeletion[]>;
  /** Credentials whose next rotation is due. */
  dueRotations(now: Date): Promise<DueRow[]>;
  /** Credentials that expire within a year, before they rotate by themselves. */
  expiringCredentials(now: Date): Promise<DueRow[]>;
  /** Open notices of expiries that are off: the credential was rotated, deleted, or given another date. */
  pastExpiryNotices(): Promise<DueRow[]>;
  /** Grants whose time to write is over. */
  grantsPastWriting(): Promise<DueRow[]>;
  /** Grants under which nothing is left that a client could present. */
  idleGrants(): Promise<DueRow[]>;
  /** Deletes OAuth clients that registered a month ago and were never allowed anything. */
  forgetUnusedClients(): Promise<void>;
  /** Organizations that have limits on what a month may use, or notices of such. */
  organizationsWithLimits(): Promise<Pick<DueRow, 'id'>[]>;
  /**
   * Works out the health of all agents with calls.
   * @param onProgress called after each group of organizations
   */
  keepHealthScores(now: Date, onProgress: () => void): Promise<void>;
  /** Deliveries whose attempt is due: some of each organization, so that none keeps another waiting. */
  dueDeliveries(now: Date): Promise<DueRow[]>;
  /** Deleted channels whose seven days are over. */
  purgeableChannels(): Promise<DueRow[]>;
  /** Mailboxes whose sync gave no sign of life for long. */
  silentMailboxes(): Promise<DueRow[]>;
  /** Deleted mailboxes whose seven days are over. */
  purgeableMailboxes(): Promise<DueRow[]>;
  /** Deletes what has expired and belongs to nobody's history. */
  deleteExpired(): Promise<void>;
  readonly alerts: AlertKeeping;
  readonly logs: LogKeeping;
  readonly auditHeads: AuditHeads;
  close(): Promise<void>;
}

/** The most that one run takes on; the next takes the rest. */
const BATCH = 500;

const STALE_ACCEPTED_OPERATIONS = `
  SELECT id, organization_id AS "organizationId", kind, workflow_id AS "workflowId" FROM operation
  WHERE status = 'accepted' AND updated_at < now() - interval '30 seconds' ORDER BY updated_at LIMIT ${BATCH}`;
const QUIET_OPERATIONS = `
  SELECT id, organization_id AS "organizationId", kind, workflow_id AS "workflowId" FROM operation
  WHERE status IN ('running', 'waiting', 'unknown') AND updated_at < now() - interval '10 minutes' ORDER BY random() LIMIT 100`;
const UNREVEALED_KEYS = `
  SELECT id, organization_id AS "organizationId" FROM agent_key
  WHERE revealed_at IS NULL AND revoked_at IS NULL AND created_at < now() - interval '15 minutes' ORDER BY created_at LIMIT ${BATCH}`;
const PURGEABLE_CREDENTIALS = `
  SELECT id, organization_id AS "organizationId" FROM credential
  WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND restorable_until < now() - interval '10 seconds'
  ORDER BY restorable_until LIMIT ${BATCH}`;
const AGENTS_LEFT_DELETED = `
  SELECT id, organization_id AS "organizationId", delete_operation_id AS "operationId" FROM agent
  WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND restorable_until < now() - interval '1 hour'
    AND delete_operation_id IS NOT NULL ORDER BY restorable_until LIMIT ${BATCH}`;

const DUE_ROTATIONS = `
  SELECT id, organization_id AS "organizationId" FROM credential
  WHERE rotation_due_at <= $1 AND status = 'active' ORDER BY rotation_due_at LIMIT 50`;
const EXPIRING_CREDENTIALS = `
  SELECT id, organization_id AS "organizationId" FROM credential
  WHERE status = 'active' AND expires_at BETWEEN $1::timestamptz - interval '1 day' AND $1::timestamptz + interval '366 days'
    AND (rotation_due_at IS NULL OR rotation_due_at > expires_at) ORDER BY expires_at`;

// An occasion begins with the time as `Date` writes it.
const PAST_EXPIRY_NOTICES = `
  SELECT id, organization_id AS "organizationId" FROM alert a
  WHERE kind = 'credential_expires' AND state <> 'resolved' AND NOT EXISTS (
    SELECT FROM credential c WHERE c.id = a.target_id AND c.status = 'active'
      AND starts_with(a.occasion, to_char(c.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z/"')))
  LIMIT ${BATCH}`;

const GRANTS_PAST_WRITING = `
  SELECT id, organization_id AS "organizationId" FROM oauth_grant
  WHERE writes_until <= now() AND revoked_at IS NULL AND expires_at IS NULL ORDER BY writes_until LIMIT ${BATCH}`;
// A grant is an hour old before it counts: its code is issued a moment after it.
const IDLE_GRANTS = `
  SELECT id, organization_id AS "organizationId" FROM oauth_grant g
  WHERE revoked_at IS NULL AND expires_at IS NULL AND created_at < now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM oauth_artifact a WHERE a.grant_id = g.id) LIMIT ${BATCH}`;
// A client that was ever allowed something keeps its ID: those who connect again come with the one that they remember.
const FORGET_UNUSED_CLIENTS = `
  DELETE FROM oauth_artifact a
  WHERE a.model = 'Client' AND a.created_at < now() - interval '30 days'
    AND NOT EXISTS (SELECT FROM oauth_grant g WHERE sha256(convert_to(g.client_id, 'UTF8')) = a.id_hash)`;
const ORGANIZATIONS_WITH_LIMITS = `
  SELECT organization_id AS id FROM budget UNION SELECT organization_id FROM plan WHERE requests_per_month IS NOT NULL
  UNION SELECT organization_id FROM alert WHERE kind = 'usage' AND state <> 'resolved' ORDER BY 1`;

const DUE_DELIVERIES = `
  SELECT id, "organizationId" FROM (
    SELECT id, organization_id AS "organizationId", next_attempt_at,
      row_number() OVER (PARTITION BY organization_id ORDER BY next_attempt_at, id) AS place
    FROM delivery d WHERE state = 'pending' AND next_attempt_at <= $1
      AND NOT EXISTS (SELECT FROM delivery earlier
        WHERE earlier.organization_id = d.organization_id AND earlier.alert_id = d.alert_id AND earlier.sequence < d.sequence
        AND earlier.channel_id IS NOT DISTINCT FROM d.channel_id AND earlier.state = 'pending')) due
  WHERE place <= 10 ORDER BY next_attempt_at, id LIMIT ${BATCH}`;
const PURGEABLE_CHANNELS = `
  SELECT id, organization_id AS "organizationId" FROM channel
  WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND restorable_until < now() - interval '10 seconds'
  ORDER BY restorable_until LIMIT ${BATCH}`;
// A refused sign-in is tried again after a quarter of an hour.
const SILENT_MAILBOXES = `
  SELECT id, organization_id AS "organizationId" FROM mailbox
  WHERE deleted_at IS NULL AND (sync_seen_at IS NULL OR sync_seen_at < now() - interval '20 minutes')
  ORDER BY sync_seen_at NULLS FIRST LIMIT ${BATCH}`;
const PURGEABLE_MAILBOXES = `
  SELECT id, organization_id AS "organizationId" FROM mailbox
  WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND restorable_until < now() - interval '10 seconds'
  ORDER BY restorable_until LIMIT ${BATCH}`;

const DELETE_EXPIRED = [
  'DELETE FROM idempotency_record WHERE expires_at < now()',
  'DELETE FROM oauth_artifact WHERE expires_at < now()',
  'DELETE FROM session WHERE expires_at < now()',
  'DELETE FROM password_reset WHERE expires_at < now()',
  "DELETE FROM one_time_link WHERE expires_at < now() - interval '30 days'",
  "DELETE FROM invitation WHERE expires_at < now() - interval '30 days'",
  // The counting itself forgets a day without a try.
  "DELETE FROM sign_in_throttle WHERE updated_at < now() - interval '1 day'",
  "DELETE FROM known_network WHERE last_sign_in_at < now() - interval '90 days'",
  // Rotations wait for a relay that is silent: it may still carry calls for 630 s.
  "DELETE FROM relay_process WHERE last_heartbeat_at < now() - interval '15 minutes'",
  "DELETE FROM rotation_evidence WHERE updated_at < now() - interval '30 days'",
  "DELETE FROM delivery WHERE created_at < now() - interval '90 days'",
  "DELETE FROM circuit_breaker_event WHERE time < now() - interval '90 days'",
  "DELETE FROM alert_rule WHERE restorable_until < now() - interval '10 seconds'",
  "DELETE FROM alert WHERE resolved_at < now() - interval '400 days'",
  "DELETE FROM email_draft WHERE state IN ('sent', 'discarded', 'gone') AND updated_at < now() - interval '30 days'",
  `UPDATE outgoing_email SET sealed = NULL, wrapped_key = NULL, wrap_key_id = NULL
    WHERE sealed IS NOT NULL AND settled_at < now() - interval '30 days'
      AND (copied_at IS NOT NULL OR state IN ('failed', 'cancelled'))`,
];

export function openJobsDatabase(url: string): JobsDatabase {
  const pool = openPool({
    connectionString: url,
    max: 4,
    application_name: 'agentgateway-jobs',
    connectionTimeoutMillis: 4_000,
    query_timeout: 30_000,
  });
  const rows = async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
    (await pool.query<Row>(query, values)).rows;
  return {
    async organizationIds() {
      return (await rows<{ id: string }>('SELECT id FROM organization ORDER BY id')).map(({ id }) => id);
    },
    staleAcceptedOperations: () => rows<StaleOperation>(STALE_ACCEPTED_OPERATIONS),
    quietOperations: () => rows<StaleOperation>(QUIET_OPERATIONS),
    unrevealedKeys: () => rows<DueRow>(UNREVEALED_KEYS),
    purgeableCredentials: () => rows<DueRow>(PURGEABLE_CREDENTIALS),
    agentsLeftDeleted: () => rows<LostDeletion>(AGENTS_LEFT_DELETED),
    dueRotations: (now) => rows<DueRow>(DUE_ROTATIONS, [now]),
    expiringCredentials: (now) => rows<DueRow>(EXPIRING_CREDENTIALS, [now]),
    pastExpiryNotices: () => rows<DueRow>(PAST_EXPIRY_NOTICES),
    grantsPastWriting: () => rows<DueRow>(GRANTS_PAST_WRITING),
    idleGrants: () => rows<DueRow>(IDLE_GRANTS),
    async forgetUnusedClients() {
      await pool.query(FORGET_UNUSED_CLIENTS);
    },
    organizationsWithLimits: () => rows<Pick<DueRow, 'id'>>(ORGANIZATIONS_WITH_LIMITS),
    keepHealthScores: (now, onProgress) => keepHealthScores(pool, now, onProgress),
    dueDeliveries: (now) => rows<DueRow>(DUE_DELIVERIES, [now]),
    purgeableChannels: () => rows<DueRow>(PURGEABLE_CHANNELS),
    silentMailboxes: () => rows<DueRow>(SILENT_MAILBOXES),
    purgeableMailboxes: () => rows<DueRow>(PURGEABLE_MAILBOXES),
    async deleteExpired() {
      for (const statement of DELETE_EXPIRED) await pool.query(statement);
    },
    alerts: createAlertKeeping(pool),
    logs: createLogKeeping(pool),
    auditHeads: createAuditHeads(pool),
    close: () => pool.end(),
  };
}
