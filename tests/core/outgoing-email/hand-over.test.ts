import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type HandoverVerdict, handOver } from '../../../core/outgoing-email/hand-over.ts';
import { type ReceivingServer, startReceivingServer } from '../../outgoing-email/receiving-server.ts';

let server: ReceivingServer;
beforeAll(async () => {
  server = await startReceivingServer();
});
afterEach(() => server.reset());
afterAll(() => server?.stop());

const message = Buffer.from('Message-ID: <one@acme.test>\r\nSubject: hello\r\n\r\n.a dot first\r\n');

interface Given {
  to?: string[];
  mark?: () => Promise<void>;
  port?: number;
}

async function send({ to = ['you@other.test'], mark = async () => {}, port = server.port }: Given = {}) {
  let marks = 0;
  const settings = { host: '127.0.0.1', port, secure: false, ignoreTLS: true, socketTimeout: 5_000 };
  const verdict = await handOver(settings, {
    envelope: { from: 'support@acme.test', to },
    message,
    beforeFinalDot: async () => {
      marks += 1;
      await mark();
    },
  });
  return { verdict, marks };
}

const notTaken = (isTemporary: boolean, answer: RegExp): HandoverVerdict =>
  ({ kind: 'not_taken', isTemporary, answer: expect.stringMatching(answer) }) as unknown as HandoverVerdict;

test('a mail is taken once, whole, and the mark comes before the final dot', async () => {
  let takenAtMark = -1;
  const { verdict, marks } = await send({
    mark: async () => {
      await pause(50);
      takenAtMark = server.received.length;
    },
  });
  expect(verdict).toEqual({ kind: 'taken', answer: '250 taken' });
  expect([marks, takenAtMark]).toEqual([1, 0]);
  expect(server.received).toEqual([
    { messageId: 'one@acme.test', from: 'support@acme.test', to: ['you@other.test'], source: message.toString() },
  ]);
});

test('a mark that cannot be written leaves nothing at the server', async () => {
  const mark = async () => {
    throw new Error('Postgres is away');
  };
  await expect(send({ mark })).rejects.toThrow('Postgres is away');
  expect(server.received).toEqual([]);
});

test('one refused recipient: nobody gets the mail', async () => {
  server.faults.refuseRecipient = 'nobody@other.test';
  const { verdict, marks } = await send({ to: ['you@other.test', 'nobody@other.test'] });
  expect(verdict).toEqual(notTaken(false, /^nobody@other.test: 550 5.1.1 No such person/));
  expect([marks, server.received]).toEqual([0, []]);
});

test('one greylisted recipient: nobody gets the mail, for now', async () => {
  server.faults.greylist = 1;
  const { verdict, marks } = await send({ to: ['you@other.test', 'me@other.test'] });
  expect(verdict).toEqual(notTaken(true, /450 4.2.0 Greylisted/));
  expect([marks, server.received]).toEqual([0, []]);
});

test.each([
  [421, true],
  [550, false],
])('%i to MAIL FROM: temporary is %p, and no mark', async (code, isTemporary) => {
  server.faults.answerMail = { code, times: 1 };
  const { verdict, marks } = await send();
  expect([verdict, marks]).toEqual([notTaken(isTemporary, new RegExp(String(code))), 0]);
});

test.each([
  [451, true],
  [554, false],
])('%i to the final dot ends the doubt: temporary is %p', async (code, isTemporary) => {
  server.faults.answerDot = { code, times: 1 };
  const { verdict, marks } = await send();
  expect([verdict, marks]).toEqual([notTaken(isTemporary, new RegExp(String(code))), 1]);
});

test('a connection lost before the final dot leaves nothing, and certainly so', async () => {
  server.faults.dropBeforeDot = 1;
  const mark = () => pause(200);
  expect((await send({ mark })).verdict).toEqual(notTaken(true, /closed|reset/i));
  expect(server.received).toEqual([]);
});

test.each(['dropAfterDot', 'dropUntaken'] as const)(
  'a connection lost after the final dot is unknown: %s',
  async (fault) => {
    server.faults[fault] = 1;
    expect((await send()).verdict).toEqual({ kind: 'unknown' });
  },
);

test('a server that is silent after the final dot leaves it unknown', async () => {
  server.faults.slowMs = 8_000;
  expect((await send()).verdict).toEqual({ kind: 'unknown' });
});

test('nobody listens: it may pass', async () => {
  const { stop, port } = await startReceivingServer();
  await stop();
  expect((await send({ port })).verdict).toEqual(notTaken(true, /ECONNREFUSED/));
});
