import { ROTATION_STEPS, type RotationStep } from '../../../core/domain/rotation.ts';
import type { KillPoint } from '../../servers/killing-at.ts';
import type { Stage } from './stage.ts';
import type { Outcome, Scenario } from './trial-rotation.ts';

const DONE = ['succeeded'] as const;
const BACK = ['rolled_back'] as const;

/** A worker is killed before and after each of these does its work. */
const FORWARD = [
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
const BACKWARD = ['undoRotation', 'lookAtRelays', 'revokeNewVersion', 'finishRollBack'] as const;

/** Each with a rotation that comes by it. */
const bothSides = (activities: readonly string[], scenario: Scenario) =>
  activities.flatMap((activity) =>
    (['before', 'after'] as const).map((when) => ({ killAt: `${activity}:${when}` as const, scenario })),
  );

export const plain: Scenario = { name: 'nothing goes wrong', ends: DONE };
export const goesBack: Scenario = {
  name: 'the probe passes, live calls are refused',
  ends: BACK,
  faults: { refuseLive: true },
};

export const killPoints: { killAt: KillPoint; scenario: Scenario }[] = [
  ...bothSides(FORWARD, plain),
  ...bothSides(BACKWARD, goesBack),
];

/** What providers and people do, and is over in seconds. */
export const faults: Scenario[] = [
  plain,
  goesBack,
  { name: 'the provider makes a key that does not work', ends: BACK, faults: { mintBroken: 1 } },
  { name: 'revoking fails once', ends: DONE, faults: { failRevoke: 1 } },
  { name: 'revoking fails once on the way back', ends: BACK, faults: { refuseLive: true, failRevoke: 1 } },
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
  { name: 'the key appears late', ends: DONE, faults: { mintLate: 1, lateMs: 12_000 } },
  { name: 'the key appears after it was looked for', ends: DONE, faults: { mintLate: 1, lateMs: 20_000 } },
  {
    name: 'the worker is killed while the provider mints',
    ends: DONE,
    faults: { hangAfterMinting: 1 },
    disturbed: { at: 'minted', by: async (stage) => void (await stage.restartWorker()) },
  },
];

/** Steps that are over at once last long enough for something to happen in them. */
const slowed = (step: RotationStep): Pick<Scenario, 'faults'> =>
  step === 'stage' || step === 'verify' ? { faults: { slowMs: 1_000 } } : {};

export const cancellations: Scenario[] = ROTATION_STEPS.map((step) => ({
  name: `cancelled at ${step}`,
  // From there it only goes forward.
  ends: step === 'revoke' ? DONE : ['cancelled'],
  ...slowed(step),
  cancelAt: step,
}));

const restarts = { Postgres: 'restartPostgres', Temporal: 'restartTemporal' } as const;

export const outages: Scenario[] = (['Postgres', 'Temporal'] as const).flatMap((server) =>
  ROTATION_STEPS.map((at) => ({
    name: `${server} is restarted at ${at}`,
    ends: DONE,
    ...slowed(at),
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
