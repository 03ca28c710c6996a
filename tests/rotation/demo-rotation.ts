import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { VersionEvidence } from '../../core/domain/rotation-verdict.ts';
import type { Operation } from '../../core/store/generated/client.ts';
import { endProcess, startProcess } from '../servers/child-process.ts';
import { givePassword, seedCaller } from '../servers/seed.ts';
import { goesBack, plain } from './faults/scenarios.ts';
import { startStage } from './faults/stage.ts';
import { type Lane, startTraffic } from './faults/traffic.ts';
import { rotateUnder, type Scenario } from './faults/trial-rotation.ts';

/** `npm run demo:rotation`: two rotations under 50 calls a second, one that succeeds and one that goes back. */
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Slow enough to be watched. */
const CARE = { canary_share: 0.25, canary_seconds: 10, drain_seconds: 5 };

type Figures = { new: VersionEvidence; old: VersionEvidence } | null;

/** Prints where the operation is followed, a line for each step, and the figures as they change. */
function reporter(): (operation: Operation, lane: Lane) => void {
  const startedAt = Date.now();
  let last = '';
  return (operation, lane) => {
    if (last === '') say(`Watch it: ${appUrl}/operations/${operation.id}`);
    const figures = operation.canary as Figures;
    const shown = figures && `new: ${told(figures.new)}   old: ${told(figures.old)}`;
    const line = `${(operation.step ?? '').padEnd(9)} ${operation.status.padEnd(11)} ${shown ?? ''}`;
    if (line === last) return;
    last = line;
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(5);
    say(`${seconds} s  ${line}   callers: ${lane.calls} calls, ${lane.failed.length} failed`);
  };
}

const told = ({ calls, refused, blames }: VersionEvidence) => `${calls} calls, ${refused} refused, ${blames} blamed`;

async function show(title: string, scenario: Scenario): Promise<void> {
  say(`\n${title}`);
  const outcome = await rotateUnder(stage, traffic, { ...scenario, care: CARE, caller, onLook: reporter() });
  const { status, why, failed, calls, streamedCalls, streamedFailed, orphans, works } = outcome;
  say(`It is ${status}${why === null ? '' : `: ${why}`}`);
  say(
    `Of ${calls} calls that can be repeated ${failed.length} failed, of ${streamedCalls} others ${streamedFailed}. ` +
      `Keys left over at the provider: ${orphans}. The credential ${works ? 'works' : 'DOES NOT WORK'}.`,
  );
}

/** Waits for Enter where somebody sits at a terminal; false: it was Ctrl-C. */
async function isEntered(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answered = terminal.question(question).then(
    () => true,
    () => false,
  );
  return answered.finally(() => terminal.close());
}

say('Starting Postgres, Temporal, a worker, a relay, the app and a provider that enforces its keys …');
const stage = await startStage({ relays: 1 });
const app = await startProcess('api/main.ts', stage.environment, '"listening"');
const appUrl = stage.dependencies.config.publicUrl;
const traffic = startTraffic(stage.relayPort);
const caller = await seedCaller(stage.dependencies.database);
const password = randomBytes(12).toString('base64url');
await givePassword(stage.dependencies.database, caller.person.id, password);
try {
  say(`\nThe dashboard: ${appUrl}/operations\nSign in as ${caller.person.email} with the password ${password}`);
  if (await isEntered('Press Enter to begin. ')) {
    await show('1. A key is rotated under 50 calls a second.', plain);
    await show(
      '2. The new key passes its probe, but live calls are refused: callers see nothing, it goes back.',
      goesBack,
    );
    await isEntered('\nPress Enter to end. ');
  }
} finally {
  await traffic.stop();
  await endProcess(app, 'SIGTERM');
  await stage.stop();
}
