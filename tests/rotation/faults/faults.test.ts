import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  BACKWARD,
  cancellations,
  FORWARD,
  faults,
  goesBack,
  lostAnswer,
  outages,
  plain,
  whatIsWrong,
} from './scenarios.ts';
import { type Stage, startStage } from './stage.ts';
import { startTraffic, type Traffic } from './traffic.ts';
import { rotateUnder, type Scenario } from './trial-rotation.ts';

/** Each run takes other kill points and steps; a failed one names its seed: `SEED=<number>` runs it again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000));
const pick = <Item>(items: readonly Item[]): Item => items[seed % items.length] as Item;

describe(`rotations under 50 calls a second while things break (seed ${seed})`, () => {
  let stage: Stage;
  let traffic: Traffic;

  beforeAll(async () => {
    stage = await startStage();
    traffic = startTraffic(stage.relayPort);
  }, 60_000);
  afterAll(async () => {
    await traffic?.stop();
    await stage?.stop();
  }, 30_000);

  const rotateAll = (scenarios: readonly Scenario[]) =>
    Promise.all(scenarios.map((scenario) => rotateUnder(stage, traffic, scenario)));

  test('always a key that works, none too many, no failed call that could be repeated', async () => {
    const deaths = stage.workerDeaths();
    const killAt = `${pick([...FORWARD, ...BACKWARD])} ${pick(['before', 'after'])}`;
    await stage.restartWorker(killAt);
    const slow = rotateAll([lostAnswer]);
    const killed = await rotateAll([...faults, pick(cancellations)]);
    expect([killAt, whatIsWrong(killed), stage.workerDeaths() - deaths]).toEqual([killAt, [], 1]);
    const outage = pick(outages);
    const others = await rotateAll([outage, plain, goesBack]);
    expect([outage.name, whatIsWrong([...others, ...(await slow)])]).toEqual([outage.name, []]);
  }, 180_000);
});
