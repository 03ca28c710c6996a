import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readDatabasePasswords } from '../../tools/postgres/database-passwords.ts';
import { findServerFiles } from '../../tools/postgres/server-files.ts';
import { takePort } from '../../tools/supervisor/ports.ts';
import type { Answer } from '../core/operations/call.ts';
import { startSubmissionServer } from '../outgoing-email/mail-bench.ts';
import type { ReceivingServer } from '../outgoing-email/receiving-server.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../servers/dovecot-server.ts';
import { type RunningProduct, startProduct } from './product.ts';
import { filesHolding, formsOf, tablesHolding } from './secret-scan.ts';

const API_TOKEN = `agt_${randomBytes(24).toString('base64url')}`;
const ADDRESS = 'support@mail.test';
/** What somebody writes; no other text holds it. */
const written = (what: string) => `${what} of which nobody else shall know ${randomBytes(12).toString('hex')}`;

describeNeeding(['dovecot'], 'mail in the product as a user runs it', () => {
  let dataDir: string;
  let postgresPort: number;
  let dovecot: DovecotServer;
  let smtp: ReceivingServer;
  let product: RunningProduct;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-mail-'));
    postgresPort = await takePort({ port: 0, setting: 'POSTGRES_PORT' }, '127.0.0.1');
    dovecot = await startTestDovecot();
    smtp = await startSubmissionServer(dovecot);
    product = await startProduct(dataDir, {
      AGENTGATEWAY_ADMIN_EMAIL: 'ada@example.test',
      AGENTGATEWAY_ADMIN_PASSWORD: 'correct horse battery staple 42',
      AGENTGATEWAY_ORG: 'Acme',
      AGENTGATEWAY_API_TOKEN: API_TOKEN,
      AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128',
      NODE_EXTRA_CA_CERTS: dovecot.certificate.cert,
      LOG_LEVEL: 'debug',
      POSTGRES_PORT: String(postgresPort),
    });
  }, 600_000);
  afterAll(async () => {
    await product?.stop();
    await smtp?.stop();
    await dovecot?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function rest(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${product.run.app_url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Answer;
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  const scanFiles = async (texts: string[]) => {
    const { cluster } = await findServerFiles(dataDir);
    return [...(await filesHolding(dataDir, texts)), ...(await filesHolding(cluster, texts))];
  };

  test('leaves no text in Temporal, Postgres, logs or the terminal, read, drafted or sent', async () => {
    const [asked, drafted, changed, subject] = ['question', 'draft', 'answer', 'subject'].map(written) as [
      string,
      string,
      string,
      string,
    ];
    const person = await dovecot.connect(ADDRESS);
    await person.append(
      'INBOX',
      `Message-ID: <q@shop.test>\r\nFrom: Ben <ben@shop.test>\r\nTo: ${ADDRESS}\r\nSubject: ${subject}\r\n\r\n${asked}\r\n`,
    );
    person.close();
    await rest('POST', '/mailboxes', {
      address: ADDRESS,
      imap: { host: 'localhost', port: dovecot.ports.imaps },
      smtp: { host: 'localhost', port: smtp.port },
      password: dovecot.password,
    });
    let thread: { id: string } | undefined;
    while (thread === undefined) {
      await pause(100);
      [thread] = (await rest('GET', `/email-threads?mailbox=${ADDRESS}`)).items;
    }
    const { items } = await rest('GET', `/email-threads/${thread.id}`);
    expect(items[0].text).toContain(asked);
    const { draft } = await rest('POST', '/email-drafts', { thread: thread.id, text: drafted });
    await rest('PATCH', `/email-drafts/${draft.id}`, { text: changed });
    const { operation_id } = await rest('POST', '/emails', { draft: draft.id, undo_seconds: 0 });
    while ((await rest('GET', `/operations/${operation_id}`)).operation.status !== 'succeeded') await pause(100);
    expect(smtp.received).toMatchObject([{ source: expect.stringContaining(changed) }]);

    const { postgres: password } = await readDatabasePasswords(dataDir);
    const superuserUrl = `postgresql://postgres:${password}@127.0.0.1:${postgresPort}/agentgateway`;
    // The control: the scan does find what is there, in each kind of store.
    const control = [
      ...(await scanFiles(['syncMailbox', 'sendEmail', 'listening', ADDRESS])),
      ...(await tablesHolding(superuserUrl, [ADDRESS])),
    ].join('\n');
    for (const store of ['temporal.db', 'logs/', 'public.mailbox', 'public.email_message']) {
      expect(control).toContain(store);
    }
    const texts = [asked, drafted, changed].flatMap(formsOf);
    expect([...(await scanFiles(texts)), ...(await tablesHolding(superuserUrl, texts))]).toEqual([]);
    // Subjects stand in Postgres, where they are looked for, and nowhere else.
    const outside = await filesHolding(dataDir, formsOf(subject));
    expect(outside.filter((file) => /temporal|logs\//.test(file))).toEqual([]);
    expect(
      product.terminal.filter((line) => [asked, drafted, changed, subject].some((text) => line.includes(text))),
    ).toEqual([]);
  }, 240_000);
});
