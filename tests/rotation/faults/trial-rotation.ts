import { setTimeout as pause } from 'node:timers/promises';
import type { Caller } from '../../../core/domain/caller.ts';
import { isFinal, type OperationStatus } from '../../../core/domain/long-running.ts';
import type { RotationStep } from '../../../core/domain/rotation.ts';
import { PublicError } from '../../../core/errors.ts';
import { cancelOperation } from '../../../core/operations/cancel-operation.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { rotateCredential } from '../../../core/operations/rotate-credential.ts';
import type { Operation } from '../../../core/store/generated/client.ts';
import { type ProviderServer, startProvider } from '../servers/provider.ts';
import type { ProviderFaults } from '../servers/provider-keys.ts';
import { outlasting, relaysOf, type Seeded, seedTrial, untilRelaysKnow } from './seed-trial.ts';
import type { Stage } from './stage.ts';
import type { Lane, Traffic } from './traffic.ts';

const QUICK = { canary_share: 0.25, canary_seconds: 2, drain_seconds: 2 };
const LONGEST_MS = 150_000;
/** How soon after it ended nothing may be left over at the provider. */
const ORPHAN_MS = 60_000;

export interface Scenario {
  name: string;
  /** How it must end; one of them. */
  ends: readonly OperationStatus[];
  faults?: Partial<ProviderFaults>;
  /** How carefully it goes: as the input of `rotate_credential`. */
  care?: typeof QUICK;
  /** Who asks for it; left out: somebody in an organization of its own. */
  caller?: Caller;
  /** The step at whose begin a person cancels it, which may be refused. */
  cancelAt?: RotationStep;
  /** Somebody else asks for it at the same moment. */
  askTwice?: boolean;
  /** A staged version of an earlier failure is there. */
  leftover?: boolean;
  /** Is told of the operation's row again and again. */
  onLook?: (operation: Operation, lane: Lane) => void;
  /** What happens once its step begins, or the provider has made the key. */
  disturbed?: { at: 'minted' | RotationStep; by: (stage: Stage) => Promise<void> };
}

export interface Outcome {
  name: string;
  status: string;
  /** `status` is one that it may have. */
  isExpected: boolean;
  why: string | null;
  /** Of repeatable calls. */
  failed: string[];
  calls: number;
  streamedFailed: number;
  streamedCalls: number;
  /** Keys that work at the provider besides the one in use. */
  orphans: number;
  /** A call at the end is carried. */
  works: boolean;
  /** The relay processes that carried calls of it. */
  relays: string[];
  /** Asked for twice, it ran once. */
  operations: number;
  seconds: number;
}

/** Rotates a credential of its own, at a provider of its own, under traffic and with the faults of a scenario. */
export async function rotateUnder(stage: Stage, traffic: Traffic, scenario: Scenario): Promise<Outcome> {
  const provider = await startProvider();
  const seeded = await seedTrial(stage, provider, scenario);
  await untilRelaysKnow(stage, seeded);
  const lane = traffic.join(seeded.agent, seeded.agentKey);
  Object.assign(provider.faults, scenario.faults);
  const startedAt = Date.now();
  const operationIds = await ask(stage, seeded, scenario);
  const ended = await watch(stage, { provider, lane }, { ...seeded, operationId: operationIds[0] ?? '' }, scenario);
  const seconds = (Date.now() - startedAt) / 1_000;
  const orphans = await orphansAfter(provider);
  // A while more: the calls after the end count as well.
  await pause(500);
  const works = await isServed(stage, lane);
  await traffic.leave(lane);
  await provider.stop();
  const { failed, calls, streamedCalls, streamedFailed } = lane;
  return {
    name: scenario.name,
    ...ended,
    isExpected: scenario.ends.some((status) => status === ended.status),
    failed,
    calls,
    streamedCalls,
    streamedFailed: streamedFailed.length,
    orphans,
    works,
    relays: await relaysOf(stage, seeded),
    operations: new Set(operationIds).size,
    seconds,
  };
}

/** Asks for the rotation, as a person does: again when it is told to try again. */
async function ask(
  { dependencies }: Stage,
  { caller, credentialId }: Seeded,
  { askTwice, care = QUICK }: Scenario,
): Promise<string[]> {
  const input = { credential: credentialId, ...care };
  const once = async (): Promise<string> => {
    const answer = await outlasting(() => invoke(rotateCredential, { caller, input }, dependencies));
    return answer.operation_id as string;
  };
  return Promise.all(askTwice ? [once(), once()] : [once()]);
}

/** Until it has ended; servers may be away meanwhile. */
async function watch(
  stage: Stage,
  { provider, lane }: { provider: ProviderServer; lane: Lane },
  { caller, organizationId, operationId }: Seeded & { operationId: string },
  { cancelAt, disturbed, onLook }: Scenario,
): Promise<{ status: string; why: string | null }> {
  const { database } = stage.dependencies;
  const before = provider.keys.all.length;
  let [isCancelled, isDisturbed] = [false, false];
  let last = 'unknown';
  for (const deadline = Date.now() + LONGEST_MS; Date.now() < deadline; await pause(50)) {
    const operation = await database
      .inOrganization(organizationId, (transaction) => transaction.operation.findUnique({ where: { id: operationId } }))
      .catch(() => null);
    if (operation === null) continue;
    onLook?.(operation, lane);
    last = `${operation.status} at ${operation.step}`;
    if (isFinal(operation.status as OperationStatus)) {
      return { status: operation.status, why: (operation.error as { detail?: string } | null)?.detail ?? null };
    }
    const isAt = disturbed?.at === 'minted' ? provider.keys.all.length > before : operation.step === disturbed?.at;
    if (isAt && !isDisturbed) {
      isDisturbed = true;
      await disturbed?.by(stage);
    }
    if (!isCancelled && operation.step === cancelAt) {
      isCancelled = true;
      await invoke(cancelOperation, { caller, input: { operation: operationId } }, stage.dependencies).catch(
        unlessTooLate,
      );
    }
  }
  return { status: `not ended: ${last}`, why: null };
}

/** From `revoke` on nothing can be taken back; a cancellation that is refused before that shows by the rotation's end. */
function unlessTooLate(error: unknown): void {
  if (!(error instanceof PublicError) || error.code !== 'conflict') throw error;
}

/** Keys that work besides one, when they are gone or the time is over. */
async function orphansAfter(provider: ProviderServer): Promise<number> {
  const deadline = Date.now() + ORPHAN_MS;
  while (provider.keys.active.length > 1 && Date.now() < deadline) await pause(100);
  return provider.keys.active.length - 1;
}

async function isServed({ relayPort }: Stage, { agent, agentKey }: Lane): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${relayPort}/${agent}/v1/end`, { headers: { 'x-api-key': agentKey } });
  return response.status === 200;
}
