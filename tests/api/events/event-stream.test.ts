import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import express, { type Response } from 'express';
import { type EventStream, sendEvents } from '../../../api/events/event-stream.ts';
import type { ChangeFeed, Follower } from '../../../core/services/change-feed.ts';

let close = async () => {};
afterEach(() => close());

test('to a page that does not take its end, nothing is written after it', async () => {
  const followers = new Set<Follower>();
  const feed: ChangeFeed = {
    epoch: 'test',
    latest: () => 1,
    follow(_, follower) {
      followers.add(follower);
      return { since: () => 'unknown', end: () => void followers.delete(follower) };
    },
    remember: () => 1,
    close: async () => {},
  };
  const tellGap = () => {
    for (const { onGap } of followers) onGap(1);
  };
  const opened = Promise.withResolvers<{ response: Response; stream: EventStream }>();
  const app = express().get('/', (_, response) => {
    const stream = sendEvents(response, feed, { organizationId: '', lastEventId: undefined, onEnd() {} });
    opened.resolve({ response, stream });
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const page = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  page.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  close = async () => {
    page.destroy();
    server.close();
    await once(server, 'close');
  };
  const { response, stream } = await opened.promise;
  const errors: Error[] = [];
  response.on('error', (error) => errors.push(error));
  // Until the page's network takes no more; what is in the response is cut off at 64 KiB.
  for (let quietTurns = 0; quietTurns < 20; quietTurns = response.writableLength > 0 ? quietTurns + 1 : 0) {
    if (response.writableLength === 0) for (let i = 0; i < 1_000; i += 1) tellGap();
    await nextTurn();
  }
  stream.end('signed_out');
  // The page is still there, is told of another change, and is found to be signed out once more.
  tellGap();
  stream.end('signed_out');
  await nextTurn();
  expect(response.closed).toBe(false);
  expect(errors).toEqual([]);
});
