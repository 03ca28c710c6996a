import type { VersionEvidence } from '../../core/domain/rotation-verdict.ts';
import type { Operation } from '../../core/store/generated/client.ts';
import { goesBack, plain } from './faults/scenarios.ts';
import { startStage } from './faults/stage.ts';
import { type Lane, startTraffic } from './faults/traffic.ts';
import { rotateUnder, type Scenario } from './faults/trial-rotation.ts';

/** `npm run demo:rotation`: two rotations under 50 calls a second, one that succeeds and one that goes back. */
const say = (line: string) => process.stdout.write(`${line}\n`);

type Figures = { new: VersionEvidence; old: VersionEvidence } | null;

/** Prints a line for each step, and the figures as they change. */
function reporter(): (operation: Operation, lane: Lane) => void {
  const startedAt = Date.now();
  let last = '';
  return (operation, lane) => {
    const figures = operation.canary as Figures;
    const shown = figures && `new: ${told(figures.new)}   old: ${told(figures.old)}`;
    const line = `${(operation.step ?? 'accepted').padEnd(9)} ${operation.status.padEnd(11)} ${shown ?? ''}`;
    if (line === last) return;
    last = line;
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(5);
    say(`${seconds} s  ${line}   callers: ${lane.calls} calls, ${lane.failed.length} failed`);
  };
}

const told = ({ calls, refused, blames }: VersionEvidence) => `${calls} calls, ${refused} refused, ${blames} blamed`;

async function show(title: string, scenario: Scenario): Promise<void> {
  say(`\n${title}`);
  const { status, why, failed, calls, streamedCalls, streamedFailed, orphans, works } = await rotateUnder(
    stage,
    traffic,
    {
      ...scenario,
      onLook: reporter(),
    },
  );
  say(`It is ${status}${why === null ? '' : `: ${why}`}`);
  say(
    `Of ${calls} calls that can be repeated ${failed.length} failed, of ${streamedCalls} others ${streamedFailed}. ` +
      `Keys left over at the provider: ${orphans}. The credential ${works ? 'works' : 'DOES NOT WORK'}.`,
  );
}

say('Starting Postgres, Temporal, a worker, a relay and a provider that enforces its keys …');
const stage = await startStage();
const traffic = startTraffic(stage.relayPort);
try {
  await show('1. A key is rotated under 50 calls a second.', plain);
  await show(
    '2. The new key passes its probe, but live calls are refused: callers see nothing, it goes back.',
    goesBack,
  );
} finally {
  await traffic.stop();
  await stage.stop();
}
