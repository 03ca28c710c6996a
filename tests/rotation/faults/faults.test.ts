import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { cancellations, faults, goesBack, killPoints, lostAnswer, outages, plain, whatIsWrong } from './scenarios.ts';
import { type Stage, startStage } from './stage.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { rotateUnder, type Scenario } from './trial-rotation.ts';

const RELAYS = 2;

/** Each run takes other kill points and steps; a failed one names its seed: `SEED=<number>` runs it again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000));
const pick = <Item>(items: readonly Item[]): Item => items[seed % items.length] as Item;

describeNeeding(['redis-server'], `rotations under 50 calls a second while things break (seed ${seed})`, () => {
  let stage: Stage;
  let traffic: Traffic;

  beforeAll(async () => {
    stage = await startStage({ relays: RELAYS });
    traffic = startTraffic(stage.relayPort);
  });
  afterAll(async () => {
    await traffic?.stop();
    await stage?.stop();
  });

  const rotateAll = (scenarios: readonly Scenario[]) =>
    Promise.all(scenarios.map((scenario) => rotateUnder(stage, traffic, scenario)));

  test('always a key that works, none too many, no failed call that could be repeated', async () => {
    const deaths = stage.workerDeaths();
    const { killAt } = pick(killPoints);
    const outage = pick(outages);
    const { replaced } = await stage.restartWorker(killAt);
    const killed = rotateAll([...faults, lostAnswer, pick(cancellations)]);
    // What the dead worker had in hand is taken up only after a while: time for a server to go away.
    await Promise.race([replaced, killed]);
    const outcomes = [...(await rotateAll([outage, plain, goesBack])), ...(await killed)];
    expect([killAt, outage.name, whatIsWrong(outcomes)]).toEqual([killAt, outage.name, []]);
    expect(stage.workerDeaths() - deaths).toBe(1);
    expect(new Set(outcomes.flatMap(({ relays }) => relays)).size).toBe(RELAYS);
  }, 180_000);
});
