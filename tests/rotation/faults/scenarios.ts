import { ROTATION_STEPS } from '../../../core/domain/rotation.ts';
import type { Stage } from './stage.ts';
import type { Outcome, Scenario } from './trial-rotation.ts';

const DONE = ['succeeded'] as const;
const BACK = ['rolled_back'] as const;

/** A worker is killed before and after each of these does its work. */
export const FORWARD = [
  'stageVersion',
  'verifyVersion',
  'beginCanary',
  'lookAtCanary',
  'cutOver',
  'lookAtCutOver',
  'beginDrain',
  'lookAtDrain',
  'releaseOldVersion',
  'lookAtRelays',
  'revokeOldVersion',
  'finishRotation',
] as const;
export const BACKWARD = ['undoRotation', 'lookAtRelays', 'revokeNewVersion', 'finishRollBack'] as const;

const CANCELLABLE = ROTATION_STEPS.filter((step) => step !== 'revoke');

export const plain: Scenario = { name: 'nothing goes wrong', ends: DONE };
export const goesBack: Scenario = {
  name: 'the probe passes, live calls are refused',
  ends: BACK,
  faults: { refuseLive: true },
};

/** What providers and people do, and is over in seconds. */
export const faults: Scenario[] = [
  plain,
  goesBack,
  { name: 'the provider makes a key that does not work', ends: BACK, faults: { mintBroken: 1 } },
  { name: 'revoking fails once', ends: DONE, faults: { failRevoke: 1 } },
  { name: 'two ask at once', ends: DONE, askTwice: true },
  { name: 'a staged version is left over', ends: DONE, leftover: true },
];

/** The lost key is looked for when the call that made it must be over: after 15 seconds. */
export const lostAnswer: Scenario = {
  name: 'the provider makes a key and cuts the connection',
  ends: DONE,
  faults: { dropAfterMinting: 1 },
};

export const slowFaults: Scenario[] = [
  lostAnswer,
  { name: 'revoking fails for long', ends: DONE, faults: { failRevoke: 6 } },
  { name: 'the provider makes a key and never answers', ends: DONE, faults: { hangAfterMinting: 1 } },
  {
    name: 'the worker is killed while the provider mints',
    ends: DONE,
    faults: { hangAfterMinting: 1 },
    disturbed: { at: 'minted', by: (stage) => stage.restartWorker() },
  },
];

export const cancellations: Scenario[] = CANCELLABLE.map((step) => ({
  name: `cancelled at ${step}`,
  ends: ['cancelled'],
  // It stays long enough at each step to be caught there.
  ...(step === 'stage' && { faults: { slowMs: 1_000 } }),
  ...(step === 'verify' && { faults: { slowMs: 500 } }),
  cancelAt: step,
}));

const restarts = { Postgres: 'restartPostgres', Temporal: 'restartTemporal' } as const;

export const outages: Scenario[] = (['Postgres', 'Temporal'] as const).flatMap((server) =>
  (['stage', 'canary', 'cut_over', 'drain', 'revoke'] as const).map((at) => ({
    name: `${server} is restarted at ${at}`,
    ends: DONE,
    disturbed: { at, by: (stage: Stage) => stage[restarts[server]]() },
  })),
);

/** What must hold after each: nothing is wrong if this is empty. */
export function whatIsWrong(outcomes: readonly Outcome[]): unknown[] {
  return outcomes
    .filter(
      ({ failed, orphans, works, isExpected, operations }) =>
        failed.length > 0 || orphans !== 0 || !works || !isExpected || operations !== 1,
    )
    .map(({ name, status, why, failed, orphans, works, operations }) => ({
      name,
      status,
      why,
      failed: [failed.length, ...new Set(failed)].slice(0, 5),
      orphans,
      works,
      operations,
    }));
}
