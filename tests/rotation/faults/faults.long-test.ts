import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { cancellations, faults, killPoints, outages, slowFaults, whatIsWrong } from './scenarios.ts';
import { type Stage, startStage } from './stage.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { type Outcome, rotateUnder, type Scenario } from './trial-rotation.ts';

const AT_ONCE = 3;

describeNeeding(['redis-server'], 'every fault and every kill point, under 50 calls a second', () => {
  let stage: Stage;
  let traffic: Traffic;
  const all: Outcome[] = [];

  beforeAll(async () => {
    stage = await startStage({ relays: 2 });
    traffic = startTraffic(stage.relayPort);
  }, 60_000);
  afterAll(async () => {
    await traffic?.stop();
    await stage?.stop();
    const sum = (of: (outcome: Outcome) => number) => all.reduce((total, outcome) => total + of(outcome), 0);
    const figures = {
      rotations: all.length,
      repeatableCalls: sum(({ calls }) => calls),
      repeatableFailed: sum(({ failed }) => failed.length),
      streamedCalls: sum(({ streamedCalls }) => streamedCalls),
      streamedFailed: sum(({ streamedFailed }) => streamedFailed),
      orphans: sum(({ orphans }) => orphans),
      relays: new Set(all.flatMap(({ relays }) => relays)).size,
      workerDeaths: stage?.workerDeaths(),
    };
    process.stderr.write(`${JSON.stringify(figures)}\n`);
  }, 30_000);

  async function rotateAll(scenarios: readonly Scenario[]): Promise<void> {
    const outcomes = await Promise.all(scenarios.map((scenario) => rotateUnder(stage, traffic, scenario)));
    all.push(...outcomes);
    const { currentTestName } = expect.getState();
    const seconds = Math.max(...outcomes.map((outcome) => outcome.seconds));
    process.stderr.write(`${currentTestName}: ${outcomes.map(({ status }) => status)} after ${seconds} s\n`);
    expect(whatIsWrong(outcomes)).toEqual([]);
  }

  test.each(killPoints)(
    'a worker killed at $killAt',
    async ({ killAt, scenario }) => {
      const deaths = stage.workerDeaths();
      await stage.restartWorker(killAt);
      await rotateAll(Array(AT_ONCE).fill(scenario));
      expect(stage.workerDeaths() - deaths).toBe(1);
    },
    300_000,
  );

  test.each([...faults, ...slowFaults, ...cancellations, ...outages])(
    '$name',
    async (scenario) => {
      await rotateAll([scenario, scenario]);
    },
    300_000,
  );
});
