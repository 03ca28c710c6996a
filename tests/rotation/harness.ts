import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import pg from 'pg';
import type { Dispatcher } from 'undici';
import { createAccessRevocationActivities } from '../../activities/access-revocation.ts';
import { createAgentKeyRotationActivities } from '../../activities/agent-key-rotation.ts';
import { createAgentActivities } from '../../activities/agents.ts';
import { createApprovalActivities } from '../../activities/approvals.ts';
import { createDueRotationActivities } from '../../activities/due-rotations.ts';
import { createLateKeyActivities } from '../../activities/late-keys.ts';
import { createRotationActivities } from '../../activities/rotation.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import type { VersionEvidence } from '../../core/domain/rotation-verdict.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { rotateCredential } from '../../core/operations/rotate-credential.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../core/outbound/outbound-agent.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';
import { seedRotated } from './seed-rotated.ts';
import { startProvider } from './servers/provider.ts';

/** A Temporal of either kind. */
interface TemporalOfTest {
  client: Client;
  nativeConnection: NativeConnection;
}

type Activity = (...args: never[]) => Promise<unknown>;

/** Called before an activity of this name runs, on its every run, and may fail it. */
export type Hooks = Partial<Record<string, (attempt: number) => Promise<unknown> | unknown>>;

export type RotationHarness = Awaited<ReturnType<typeof startRotationHarness>>;

/** The guarded dialer, for which this machine's own servers are allowed. */
export function loopbackAgent(): Dispatcher {
  return createOutboundAgent(createDialer({ guard: createAddressGuard(['127.0.0.0/8']) }));
}

/** The activities of rotations and of what may end them, on the test's own database; `now` is the clock of whoever skips time. */
export function rotationActivities(
  dependencies: Dependencies,
  { now = Date.now, ...outside }: { jobs: JobsDatabase; outboundAgent: Dispatcher; now?: () => number },
) {
  const parts = { ...dependencies, ...outside, now };
  return {
    ...createAgentActivities(dependencies, now),
    ...createApprovalActivities(parts),
    ...createRotationActivities(parts),
    ...createLateKeyActivities(parts),
    ...createAgentKeyRotationActivities(parts),
    ...createDueRotationActivities(parts),
    ...createAccessRevocationActivities(parts),
  };
}

/** When the attempt under way was scheduled, by the clock of a server that skips time. */
export const skippedClock = () => Context.current().info.currentAttemptScheduledTimestampMs;

interface HarnessWishes {
  /** The clock of whoever skips time. */
  now?: () => number;
  /** Settings that differ from their defaults. */
  environment?: NodeJS.ProcessEnv;
  /** false: the test starts workers that it can kill. */
  ownWorker?: boolean;
}

/**
 * Postgres, a provider that enforces its keys, a worker with hooks, and what seeds and watches rotations.
 * @param temporal starts a Temporal of either kind
 */
export async function startRotationHarness(
  startTemporal: (made: TestDependencies) => Promise<{ temporal: TemporalOfTest; dataConverter: DataConverter }>,
  { now = Date.now, environment = {}, ownWorker = true }: HarnessWishes = {},
) {
  const made = await testDependencies({ environment });
  const provider = await startProvider();
  const { temporal, dataConverter } = await startTemporal(made);
  const { client, nativeConnection: connection } = temporal;
  const dependencies: Dependencies = { ...made.dependencies, workflows: createWorkflows(client) };
  const hooks: Hooks = {};
  const jobs = openJobsDatabase(made.testDatabase.urls.jobs);
  const outboundAgent = loopbackAgent();
  const activities = withHooks(rotationActivities(dependencies, { jobs, outboundAgent, now }), hooks);
  const worker = ownWorker ? await runTestWorker({ connection, client, dataConverter, activities }) : null;
  const relay = new pg.Client({ connectionString: made.testDatabase.urls.relay });
  await relay.connect();
  const { database } = dependencies;

  async function rotate(caller: Caller, credentialId: string, more: object = {}) {
    const input = { credential: credentialId, canary_seconds: 60, drain_seconds: 30, ...more };
    const answer = await invoke(rotateCredential, { caller, input }, dependencies);
    const operationId = answer.operation_id as string;
    const workflow = client.workflow.getHandle(`credential-rotation/${credentialId}/${operationId}`);
    return { answer, operationId, workflow };
  }

  /** How it stands: the operation's row, the versions by age, and the keys of this credential that the provider accepts. */
  function look(
    { organizationId, credentialId }: { organizationId: string; credentialId: string },
    operationId: string,
  ) {
    return database.inOrganization(organizationId, async (transaction) => {
      const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
      const credential = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
      const versions = await transaction.credentialVersion.findMany({
        where: { credentialId },
        orderBy: { createdAt: 'asc' },
      });
      const events = await transaction.auditEvent.findMany({ orderBy: { id: 'asc' } });
      return { operation, credential, versions, actions: events.map(({ action }) => action) };
    });
  }

  /** Writes evidence as a relay process would. */
  async function tellEvidence(
    rotated: { organizationId: string; credentialId: string },
    evidence: { new?: Partial<VersionEvidence>; old?: Partial<VersionEvidence> },
  ): Promise<void> {
    const running = await database.inOrganization(rotated.organizationId, (transaction) =>
      transaction.credential.findUniqueOrThrow({ where: { id: rotated.credentialId }, select: { rotation: true } }),
    );
    const rotation = running.rotation as { operation_id: string; new_version_id: string; old_version_id: string };
    for (const [which, versionId] of [
      ['new', rotation.new_version_id],
      ['old', rotation.old_version_id],
    ] as const) {
      const { calls = 0, refused = 0, errors = 0, blames = 0, double_refusals = 0 } = evidence[which] ?? {};
      const lastUsedAt = evidence[which]?.last_used_at ?? null;
      await relay.query(
        `INSERT INTO rotation_evidence (organization_id, operation_id, version_id, process_id, calls, refused, errors,
           blames, double_refusals, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          rotated.organizationId,
          rotation.operation_id,
          versionId,
          randomUUID(),
          calls,
          refused,
          errors,
          blames,
          double_refusals,
          lastUsedAt,
        ],
      );
    }
  }

  /** A relay process that has applied nothing yet and said so a while ago. */
  async function silentRelay(secondsAgo: number) {
    const id = randomUUID();
    await relay.query(
      `INSERT INTO relay_process (id, snapshot_xid, last_heartbeat_at)
       VALUES ($1, 0, now() - make_interval(secs => $2))`,
      [id, secondsAgo],
    );
    return { deregister: () => relay.query('DELETE FROM relay_process WHERE id = $1', [id]) };
  }

  /** A relay process that knows of every change, but cannot send the new version of a credential under rotation. */
  async function unableRelay({ organizationId, credentialId }: { organizationId: string; credentialId: string }) {
    const { rotation } = await database.inOrganization(organizationId, (transaction) =>
      transaction.credential.findUniqueOrThrow({ where: { id: credentialId }, select: { rotation: true } }),
    );
    const { new_version_id: newVersionId } = rotation as { new_version_id: string };
    await relay.query(
      `INSERT INTO relay_process (id, snapshot_xid, unusable_versions) VALUES ($1, 9223372036854775807, $2)
       ON CONFLICT (id) DO UPDATE SET last_heartbeat_at = now()`,
      [credentialId, [newVersionId]],
    );
  }

  return {
    made,
    dependencies,
    provider,
    client,
    hooks,
    async seedRotated(wishes?: Parameters<typeof seedRotated>[3]) {
      return seedRotated(dependencies, provider, await seedCaller(database), wishes);
    },
    rotate,
    look,
    tellEvidence,
    silentRelay,
    unableRelay,
    /** Stands above row-level security; the test ends it. */
    async superuser() {
      const connection = new pg.Client({ connectionString: made.testDatabase.urls.superuser });
      await connection.connect();
      return connection;
    },
    async stop() {
      await worker?.stop();
      await relay.end();
      await jobs.close();
      await outboundAgent.destroy();
      await provider.stop();
      await made.stop();
    },
  };
}

function withHooks(activities: Record<string, Activity>, hooks: Hooks): Record<string, Activity> {
  const runs = new Map<string, number>();
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (...args: never[]) => {
        const run = (runs.get(name) ?? 0) + 1;
        runs.set(name, run);
        await hooks[name]?.(run);
        return activity(...args);
      },
    ]),
  );
}
