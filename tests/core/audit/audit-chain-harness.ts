import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { type HeadSigner, openHeadSigner, type SignedHead } from '../../../core/audit/head.ts';
import { recordAuditEvent } from '../../../core/services/audit.ts';
import { type ChainVerification, currentHead, verifyChain } from '../../../core/services/audit-chain.ts';
import { type ChainingOutcome, chainAuditEvents } from '../../../core/store/chain-audit-events.ts';
import type { OrganizationTransaction } from '../../../core/store/database.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';

/** A database with a chainer of the product, driven by hand, and somebody who can write whatever they like. */
export interface AuditStack extends TestDependencies {
  signer: HeadSigner;
  pool: pg.Pool;
  superuser: pg.Pool;
  chain(): Promise<ChainingOutcome>;
  newOrganization(): Promise<string>;
  verify(organizationId: string, keptHeads?: SignedHead[]): Promise<ChainVerification>;
  head(organizationId: string): Promise<SignedHead | null>;
  record(organizationId: string, count: number): Promise<void>;
  placesOf(organizationId: string): Promise<{ request_id: string; sequence: number | null }[]>;
}

export function recordEvent(transaction: OrganizationTransaction, requestId: string = uuid()): Promise<void> {
  return recordAuditEvent(transaction, {
    actor: { kind: 'person', id: uuid(), name: 'kim@example.test', app: null, grantId: null },
    action: 'create_agent',
    status: 201,
    outcome: 'succeeded',
    target: { kind: 'agent', id: uuid(), name: 'stripe-relay' },
    arguments: { name: 'stripe-relay', rate_limit_rpm: 300, labels: ['production'] },
    requestId,
  });
}

/** As many as a test likes, in one transaction. */
export async function insertEvents(sql: pg.Pool, organizationId: string, count: number): Promise<void> {
  await sql.query(
    `INSERT INTO audit_event (id, organization_id, actor_kind, actor_id, actor_name, app, grant_id, action, status, outcome,
      target_kind, target_id, target_name, touched, arguments, request_id, operation_id, workflow_id)
    SELECT gen_random_uuid(), $1, 'app', gen_random_uuid(), 'kim@example.test', 'Claude', gen_random_uuid(), 'create_agent', 201,
      'succeeded', 'agent', gen_random_uuid(), 'stripe-relay', ARRAY[gen_random_uuid()::text],
      '{"name": "stripe-relay", "rate_limit_rpm": 300, "labels": ["ÄÖÜ 😀"]}', 'request-' || i, gen_random_uuid(), 'agent-deletion/1'
    FROM generate_series(1, $2) AS i`,
    [organizationId, count],
  );
}

export async function startAuditStack(): Promise<AuditStack> {
  const stack = await testDependencies();
  const { database, instanceKeys } = stack.dependencies;
  const signer = await openHeadSigner(instanceKeys);
  const pool = new pg.Pool({ connectionString: stack.testDatabase.urls.jobs });
  const superuser = new pg.Pool({ connectionString: stack.testDatabase.urls.superuser });
  // Connections that are still closing when their database is dropped.
  for (const each of [pool, superuser]) each.on('error', () => {});
  return {
    ...stack,
    signer,
    pool,
    superuser,
    chain: () => chainAuditEvents(pool, signer),
    newOrganization: async () => (await seedCaller(database)).organizationId,
    verify: (organizationId, keptHeads = []) =>
      verifyChain(database, signer, { organizationId, keptHeads, signal: new AbortController().signal }),
    head: (organizationId) => database.inOrganization(organizationId, currentHead),
    record: (organizationId, count) => insertEvents(superuser, organizationId, count),
    async placesOf(organizationId) {
      const { rows } = await superuser.query(
        'SELECT request_id, sequence::float8 AS sequence FROM audit_event WHERE organization_id = $1 ORDER BY sequence',
        [organizationId],
      );
      return rows;
    },
    async stop() {
      await Promise.all([pool.end(), superuser.end()]);
      await stack.stop();
    },
  };
}
