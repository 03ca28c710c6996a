import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import type { ImapFlow } from 'imapflow';
import { assignRequestId } from '../../../api/request-id.ts';
import { createRestRouter } from '../../../api/rest/router.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type Answer, call } from '../../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';
import { createApiTokenFor } from './api-token.ts';

const ADDRESS = 'support@mail.test';
const MIB = 1_048_576;

interface Attached {
  /** Without line end. */
  headers: string;
  file: Buffer;
}

const base64 = (file: Buffer) => file.toString('base64').replace(/.{76}/g, '$&\r\n');
const FILES: Attached[] = [
  { headers: 'Content-Type: application/pdf; name="a \\"b\\".pdf"', file: randomBytes(70_001) },
  {
    headers: "Content-Type: text/html\r\nContent-Disposition: inline; filename*=utf-8''%C3%BC%0D%0AX-A%3A.html",
    file: Buffer.from('<script>alert(1)</script>'),
  },
  // What is text to a reader is a file to whoever downloads it.
  {
    headers: 'Content-Type: text/plain; charset=iso-8859-1; format=flowed; name=latin.txt',
    file: Buffer.from('Gr\xfc\xdfe \r\nand on', 'latin1'),
  },
  { headers: 'Content-Type: application/zip; name=large.zip', file: randomBytes(50 * MIB) },
];

const letter = [
  'Message-ID: <files@shop.test>\r\nFrom: Ben <ben@shop.test>\r\nSubject: Files',
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHere they are.',
  ...FILES.map(({ headers, file }) => `--b\r\n${headers}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(file)}`),
  '--b--\r\n',
].join('\r\n');

describeNeeding(['dovecot'], 'an attachment over REST', () => {
  let dovecot: DovecotServer;
  let stack: TestDependencies;
  let server: Server;
  let base: string;
  let manager: Caller;
  let paths: string[];
  /** The latest connection to the mail server. */
  let imap: ImapFlow | undefined;
  beforeAll(async () => {
    dovecot = await startTestDovecot();
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    const { mail } = stack.dependencies;
    const openImap = async (mailbox: Mailbox) => {
      imap = await mail.openImap(mailbox);
      return imap;
    };
    const dependencies = { ...stack.dependencies, mail: { ...mail, openImap } };
    manager = await seedCaller(dependencies.database, 'manager');
    await dovecot.fill(ADDRESS, [{ source: letter, seen: false, at: new Date() }]);
    await syncMailboxOnce(dependencies, await seedMailbox(dependencies, manager, { dovecot, address: ADDRESS }));
    server = express().use(assignRequestId).use('/api', createRestRouter(dependencies)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { items: threads } = await call(dependencies, manager, 'list_email_threads', { mailbox: ADDRESS });
    const thread = threads[0].id;
    const { items } = await call(dependencies, manager, 'get_email_thread', { thread });
    const found = items[0].attachments.map(({ id: attachment }: Answer) =>
      call(dependencies, manager, 'get_email_attachment', { thread, attachment }),
    );
    paths = (await Promise.all(found)).map(({ download_path }) => download_path);
  });
  afterAll(async () => {
    await new Promise((resolve) => server?.close(resolve));
    await stack?.stop();
    await dovecot?.stop();
  });

  const download = async (path: string | undefined, caller = manager) =>
    fetch(`${base}${path}`, {
      headers: { authorization: `Bearer ${await createApiTokenFor(stack.dependencies, caller)}` },
    });

  test('is the file that was attached, byte by byte, and no browser shows or runs it', async () => {
    expect(paths).toHaveLength(FILES.length);
    for (const [index, { file }] of FILES.entries()) {
      const answer = await download(paths[index]);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      expect(answer.headers.get('x-a')).toBeNull();
      expect(Buffer.from(await answer.arrayBuffer()).equals(file)).toBe(true);
    }
  });

  test('comes no faster than it is taken, and no longer than anybody takes it', async () => {
    const reader = (await download(paths.at(-1))).body?.getReader();
    await reader?.read();
    const received = () => imap?.stats().received ?? 0;
    for (let before = -1; before !== received(); await pause(300)) before = received();
    // What the buffers on the way hold.
    expect(received()).toBeLessThan(20 * MIB);
    const closed = once(imap as ImapFlow, 'close');
    await reader?.cancel();
    await closed;
  });

  test('is nobody else’s: another organization’s, or without the mailbox’s right', async () => {
    const foreign = await seedCaller(stack.dependencies.database, 'admin');
    const missing = await download(paths[0], foreign);
    expect([missing.status, await missing.json()]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
    const colleague = await addMember(stack.dependencies.database, manager, 'manager');
    expect((await download(paths[0], colleague)).status).toBe(200);
    await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.mailbox.updateMany({ data: { permissions: { read: [manager.person.id] } } }),
    );
    const refused = await download(paths[0], colleague);
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ code: 'forbidden' })]);
    expect((await fetch(`${base}${paths[0]}`)).status).toBe(401);
  });
});
