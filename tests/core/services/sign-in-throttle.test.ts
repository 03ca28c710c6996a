import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Attempt, countAttempt, forgiveAttempt } from '../../../core/services/sign-in-throttle.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';

let world: TestDependencies;
beforeAll(async () => {
  world = await testDependencies();
});
afterAll(() => world.stop());

const account = () => `${randomUUID()}@example.test`;
const attempt = (changes: Partial<Attempt>): Attempt => ({
  guess: 'password',
  account: account(),
  network: randomUUID(),
  knownNetwork: false,
  ...changes,
});

/** How many of the tries were let through. */
async function letThrough(attempts: Attempt[]): Promise<number> {
  const results = await Promise.allSettled(attempts.map((each) => countAttempt(world.dependencies, each)));
  return results.filter(({ status }) => status === 'fulfilled').length;
}

describe('the sign-in throttle', () => {
  test('lets five guesses through, however many come at once, then one after 1, 2, 4 … seconds, and says how long to wait', async () => {
    const guess = attempt({});
    const begun = Date.now();
    const through = await letThrough(Array.from({ length: 20 }, () => guess));
    const later = Math.floor(Math.log2((Date.now() - begun) / 1_000 + 1));
    expect(through).toBeLessThanOrEqual(5 + later);
    // On a slow machine a wait may be over; the next one is longer.
    let refusal: unknown;
    while (refusal === undefined) {
      refusal = await countAttempt(world.dependencies, guess).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) });
  });

  test('slows guessing at one account from many networks, but not its owner on a known one', async () => {
    const target = account();
    for (let network = 0; network < 20; network += 1) {
      await letThrough([attempt({ account: target, network: `net-${network}-${target}` })]);
    }
    expect(await letThrough([attempt({ account: target })])).toBe(0);
    expect(await letThrough([attempt({ account: target, knownNetwork: true })])).toBe(1);
  });

  test('slows one network that tries many accounts, whether they exist or not', async () => {
    const network = randomUUID();
    for (let tries = 0; tries < 30; tries += 1) await letThrough([attempt({ network })]);
    expect(await letThrough([attempt({ network })])).toBe(0);
  });

  test('forgets the owner’s own failures at success, and nobody else’s', async () => {
    const own = attempt({});
    for (let tries = 0; tries < 3; tries += 1) await countAttempt(world.dependencies, own);
    const right = await countAttempt(world.dependencies, own);
    await world.dependencies.database.inInstance((transaction) => forgiveAttempt(transaction, right));
    for (let tries = 0; tries < 5; tries += 1) await countAttempt(world.dependencies, own);
    expect(await letThrough([own])).toBe(0);
  });
});
