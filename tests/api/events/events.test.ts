import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express, { type RequestHandler } from 'express';
import { createEventsRouter, type EventsRouter } from '../../../api/events/router.ts';
import { readEvents, type ServerEvent } from '../../../dashboard/client/read-events.ts';
import type { TestBrowser } from '../../servers/browser.ts';
import { seedAgent } from '../../servers/seed.ts';
import { type PagesApp, seedMember, signIn, startPages } from '../pages/pages-app.ts';

/** Tells of callers who are held until they are gone, as when it takes long to find out who they are. */
const held = new EventEmitter();
const holdUntilGone: RequestHandler = (request, response, next) => {
  if (request.get('x-held') === undefined) return next();
  response.once('close', () => {
    next();
    held.emit('left');
  });
  held.emit('came');
};

let app: PagesApp;
let events: EventsRouter;
beforeAll(async () => {
  app = await startPages(
    {},
    {
      serve(dependencies) {
        events = createEventsRouter(dependencies, { checkEveryMs: 200 });
        return express.Router().use(holdUntilGone, events.router);
      },
    },
  );
});
afterAll(async () => {
  await events?.close();
  await app?.stop();
});

/** Opens an organization's stream; `next` is its next event, undefined once it is over. */
async function openStream(browser: TestBrowser, organizationId: string, lastEventId?: string) {
  const answer = await browser.get('/api/events', {
    'x-agentgateway-organization': organizationId,
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  if (answer.body === null) throw new Error('The stream has no body.');
  const reading = readEvents(answer.body, () => {});
  return {
    // Node's fetch cancels a body that nobody has begun to read once its answer is garbage.
    answer,
    next: async (): Promise<ServerEvent | undefined> => (await reading.next()).value ?? undefined,
    close: () => reading.return(undefined),
  };
}

async function member() {
  const caller = await seedMember(app);
  const { browser } = await signIn(app, caller.person.email);
  return { caller, browser, organizationId: caller.organizationId };
}

const changesIn = (event: ServerEvent | undefined) => JSON.parse(event?.data ?? '{}').changes;

test('a change is told to its own organization and to no other', async () => {
  const [ours, theirs] = [await member(), await member()];
  const stream = await openStream(ours.browser, ours.organizationId);
  expect(await stream.next()).toMatchObject({ event: 'hello' });
  await seedAgent(app.dependencies.database, theirs.organizationId);
  const id = await seedAgent(app.dependencies.database, ours.organizationId);
  expect(changesIn(await stream.next())).toEqual([{ kind: 'agent', id }]);
  const foreign = await ours.browser.get('/api/events', { 'x-agentgateway-organization': theirs.organizationId });
  expect(foreign.status).toBe(403);
});

test('a stream goes on where it left off; one that cannot know what it missed says so', async () => {
  const { browser, organizationId } = await member();
  const first = await openStream(browser, organizationId);
  const hello = await first.next();
  await first.close();
  const id = await seedAgent(app.dependencies.database, organizationId);
  const second = await openStream(browser, organizationId, hello?.id);
  expect(changesIn(await second.next())).toEqual([{ kind: 'agent', id }]);
  const ofOtherProcess = await openStream(browser, organizationId, 'another-17');
  expect(await ofOtherProcess.next()).toMatchObject({ event: 'gap' });
});

test('what changes between a page and its stream is told', async () => {
  const { browser, organizationId } = await member();
  const madeAt = events.position(organizationId);
  const id = await seedAgent(app.dependencies.database, organizationId);
  const stream = await openStream(browser, organizationId, madeAt);
  expect(changesIn(await stream.next())).toEqual([{ kind: 'agent', id }]);
  await stream.close();
});

test('who leaves before being let in leaves no stream behind', async () => {
  const { browser, organizationId } = await member();
  for (let callers = 0; callers < 25; callers += 1) {
    const leaving = new AbortController();
    const headers = { 'x-agentgateway-organization': organizationId, 'x-held': 'yes' };
    const came = once(held, 'came');
    const answer = browser.send('/api/events', { headers, signal: leaving.signal }).catch(() => null);
    await came;
    const left = once(held, 'left');
    leaving.abort();
    await Promise.all([left, answer]);
  }
  const stream = await openStream(browser, organizationId);
  expect(await stream.next()).toMatchObject({ event: 'hello' });
  await stream.close();
});

test('nobody takes the streams of all by signing in often', async () => {
  const { caller, browser, organizationId } = await member();
  const { browser: other } = await signIn(app, caller.person.email);
  const streams: Response[] = [];
  const isLetIn = async (each: TestBrowser) => {
    const answer = await each.get('/api/events', { 'x-agentgateway-organization': organizationId });
    if (answer.status === 200) streams.push(answer);
    else expect(answer.status).toBe(429);
    return answer.status === 200;
  };
  // On a busy machine some may have ended meanwhile.
  while (streams.length < 60 && (await isLetIn(streams.length % 2 === 0 ? browser : other)));
  expect(streams.length).toBeGreaterThanOrEqual(20);
  expect(streams.length).toBeLessThan(60);
  await Promise.all(streams.map(({ body }) => body?.cancel()));
});

test('a stream ends with the membership, and with the session', async () => {
  const removed = await member();
  const signedOut = await member();
  const ofRemoved = await openStream(removed.browser, removed.organizationId);
  const ofSignedOut = await openStream(signedOut.browser, signedOut.organizationId);
  await app.dependencies.database.inOrganization(removed.organizationId, (transaction) =>
    transaction.membership.deleteMany({ where: { personId: removed.caller.person.id } }),
  );
  await app.dependencies.database.inInstance((transaction) =>
    transaction.session.deleteMany({ where: { personId: signedOut.caller.person.id } }),
  );
  const lastOf = async (stream: typeof ofRemoved) => {
    let last: ServerEvent | undefined;
    for (let event = await stream.next(); event !== undefined; event = await stream.next()) last = event;
    return last;
  };
  expect(await lastOf(ofRemoved)).toMatchObject({ event: 'end', data: '{"reason":"not_a_member"}' });
  expect(await lastOf(ofSignedOut)).toMatchObject({ event: 'end', data: '{"reason":"signed_out"}' });
});
