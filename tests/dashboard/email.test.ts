import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ImapFlow } from 'imapflow';
import type { Page } from 'playwright-core';
import { call } from '../core/operations/call.ts';
import { startSubmissionServer } from '../outgoing-email/mail-bench.ts';
import type { ReceivingServer } from '../outgoing-email/receiving-server.ts';
import { startUpstream, type TestUpstream } from '../relay/relay-harness.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../servers/dovecot-server.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';
import { startTokenServer, type TokenServer } from '../servers/token-server.ts';
import { type DashboardApp, type Member, type SignedIn, seedPerson, signIn, startDashboard } from './dashboard-app.ts';
import { runWorkflows } from './run-workflows.ts';

const ADDRESS = 'support@acme.test';
const SALES = 'sales@acme.test';

/** A mail that tries what a browser would do for it; `tracker` counts what is fetched. */
const hostileMail = (tracker: string) =>
  [
    'Message-ID: <hostile@evil.test>',
    'From: "<img src=x onerror=window.pwned=1>" <eve@evil.test>',
    `To: ${ADDRESS}`,
    'Subject: Broken lamp <img src=x onerror=window.pwned=1>',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<style>@import "${tracker}/style.css"; body { background: url(${tracker}/ground.png) }</style>`,
    `<link rel="stylesheet" href="${tracker}/link.css"><base href="${tracker}/">`,
    `<p>The lamp is broken.</p><img src="${tracker}/open.gif"><img src="x" onerror="window.pwned = 1">`,
    `<script>window.pwned = 1; fetch("${tracker}/script")</script><svg onload="window.pwned = 1"></svg>`,
    `<iframe src="${tracker}/frame"></iframe><a href="javascript:window.pwned=1">your invoice</a>`,
    `<form action="${tracker}/form"><input name="password"><button>Sign in again</button></form>`,
    '--b',
    'Content-Type: text/html; name="invoice.html"',
    'Content-Disposition: attachment; filename="../invoice.html"',
    '',
    '<script>window.opener.pwned = 1</script>',
    '--b--',
  ].join('\r\n');

describeNeeding(['chromium', 'dovecot'], 'the pages of e-mail', () => {
  let app: DashboardApp;
  let tokens: TokenServer;
  let dovecot: DovecotServer;
  let smtp: ReceivingServer;
  /** Whoever wrote a mail would learn from it that the mail was read. */
  let tracker: TestUpstream;
  const fetched: string[] = [];
  let person: ImapFlow;
  let admin: Member;
  let signedIn: SignedIn;
  let page: Page;

  beforeAll(async () => {
    tokens = await startTokenServer(SALES);
    dovecot = await startTestDovecot(tokens);
    smtp = await startSubmissionServer(dovecot);
    tracker = await startUpstream((request, response) => {
      fetched.push(request.url ?? '');
      response.end();
    });
    app = await startDashboard({
      environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' },
      runWorkflows,
    });
    admin = await seedPerson(app);
    const mailbox = await seedMailbox(app.dependencies, admin, { dovecot, address: ADDRESS, smtpPort: smtp.port });
    const { organizationId } = admin;
    await app.dependencies.workflows.startMailboxSync({ organizationId, mailboxId: mailbox.id });
    person = await dovecot.connect(ADDRESS);
    signedIn = await signIn(app, admin);
    page = signedIn.page;
  });
  afterAll(async () => {
    person?.close();
    await app?.stop();
    await smtp?.stop();
    await tracker?.stop();
    await dovecot?.stop();
    await tokens?.stop();
  });

  const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name });
  const send = async (mail: object) => {
    const whole = { mailbox: ADDRESS, to: ['you@other.test'], text: 'Hello you', ...mail };
    const { operation_id } = await call(app.dependencies, admin, 'send_email', whole);
    return { organizationId: admin.organizationId, operationId: operation_id as string };
  };

  test('a mail that comes shows by itself; its HTML does nothing, and nothing is fetched for it', async () => {
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== app.url) elsewhere.push(request.url());
    });
    await page.goto('/email');
    await page.getByText('No threads').waitFor();
    await person.append('INBOX', hostileMail(tracker.url));
    await page.getByRole('link', { name: /^Broken lamp <img/ }).click();
    await page.getByText('The lamp is broken.').waitFor();
    const mail = page.locator('article');
    expect(await mail.locator('img, iframe, script, style, link, base, form, input, a').count()).toBe(0);
    const [download] = await Promise.all([page.waitForEvent('download'), mail.getByRole('button').click()]);
    expect(download.suggestedFilename()).not.toContain('/');
    expect(await text(await download.createReadStream())).toContain('window.opener.pwned');
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect([...fetched, ...elsewhere.filter((url) => !url.startsWith(`blob:${app.url}`))]).toEqual([]);
  });

  test('an answer is drafted, edited and sent, and taken back while its seconds run down', async () => {
    await page.goto('/email');
    await page.getByRole('link', { name: /^Broken lamp/ }).click();
    await page.getByRole('textbox', { name: 'Reply' }).fill('We send a new one.');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('The draft is in the mailbox.').waitFor();
    await page.goto('/email/drafts');
    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Text').fill('We send a new one tomorrow.');
    await dialog.getByLabel('Subject').fill('Your lamp');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await rowOf('Your lamp').getByText('We send a new one tomorrow.').waitFor();
    await rowOf('Your lamp').getByRole('button', { name: 'Send' }).click();
    await dialog.getByRole('button', { name: 'Send' }).click();
    await page.getByText('It is sent in half a minute.').waitFor();
    await page.goto('/email/outbox');
    const button = rowOf('Your lamp').getByRole('button', { name: /^Undo \(/ });
    const seconds = async () => Number(/\d+/.exec((await button.textContent()) ?? '')?.[0]);
    const first = await seconds();
    // Any of them: a busy page may pass over a second.
    const fewer = Array.from({ length: first - 1 }, (_, left) => left).join('|');
    await rowOf('Your lamp')
      .getByRole('button', { name: new RegExp(`^Undo \\((${fewer}) s\\)`) })
      .waitFor();
    await button.click();
    await page.getByText('It was taken back. Nothing was sent.').waitFor();
    await rowOf('Your lamp').getByText('Taken back').waitFor();
    expect(smtp.received).toEqual([]);
    await page.goto('/email/drafts');
    await rowOf('Your lamp').waitFor();
  });

  test('a draft is discarded, and back by undo', async () => {
    await page.goto('/email/drafts');
    await rowOf('Your lamp').getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('listitem').first().waitFor();
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await rowOf('Your lamp').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The draft is back.').waitFor();
    await rowOf('Your lamp').waitFor();
  });

  test('a mail goes out when its seconds are over, once, and its page follows', async () => {
    await page.goto('/email/outbox');
    const { operationId } = await send({ subject: 'On its way', undo_seconds: 10 });
    await rowOf('On its way').getByRole('button', { name: /^Undo/ }).waitFor();
    await rowOf('On its way').getByText('Sent', { exact: true }).waitFor();
    expect(smtp.received).toHaveLength(1);
    await page.goto(`/operations/${operationId}`);
    await page.getByText('you@other.test').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel and roll back' }).count()).toBe(0);
  });

  test('invariant 5: of a mail in doubt a person says whether it arrived, or has it sent again knowing what that means', async () => {
    smtp.reset();
    smtp.faults.dropAfterDot = 2;
    const arrived = await send({ subject: 'It did arrive', undo_seconds: 0 });
    const again = await send({ subject: 'Did it not', undo_seconds: 0 });
    for (const mail of [arrived, again]) {
      await untilOperation(app.dependencies, mail, ({ status }) => status === 'unknown');
    }
    await page.goto('/email/outbox?state=unknown');
    await rowOf('It did arrive').getByRole('button', { name: 'It arrived' }).click();
    await page.getByText('Decided. The operation goes on.').waitFor();
    await rowOf('It did arrive').waitFor({ state: 'detached' });
    await rowOf('Did it not').getByRole('button', { name: 'Send again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('If the first one did arrive, it arrives twice.').waitFor();
    expect(smtp.received).toHaveLength(2);
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Nothing matches').waitFor();
    for (const mail of [arrived, again]) {
      await untilOperation(app.dependencies, mail, ({ status }) => status === 'succeeded');
    }
    expect(smtp.received).toHaveLength(3);
  });

  test('a mailbox that signs in with OAuth is connected, and back long after it was disconnected', async () => {
    await call(app.dependencies, admin, 'create_credential', {
      name: 'sales-grant',
      value: tokens.state.refreshToken,
      allowed_hosts: [new URL(tokens.tokenUrl).origin, 'localhost'],
    });
    await page.goto('/settings/mailboxes');
    await page.getByRole('button', { name: 'Connect a mailbox' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill(SALES);
    for (const [index, { name, port }] of [
      { name: 'IMAP server', port: dovecot.ports.imaps },
      { name: 'SMTP server', port: smtp.port },
    ].entries()) {
      await dialog.getByLabel(name).fill('localhost');
      await dialog.getByLabel('Port').nth(index).fill(String(port));
    }
    await dialog.getByText('OAuth 2').click();
    await dialog.getByLabel('Client ID').fill('agentgateway');
    await dialog.getByLabel('Token URL').fill(tokens.tokenUrl);
    await dialog.getByRole('combobox', { name: 'Credential with the refresh token' }).click();
    await page.getByRole('option', { name: 'sales-grant' }).click();
    await dialog.getByRole('button', { name: 'Try and connect' }).click();
    await rowOf(SALES).getByText('Live').waitFor();
    await rowOf(SALES).getByRole('button', { name: 'Disconnect' }).click();
    await dialog.getByRole('listitem').first().waitFor();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await rowOf(SALES).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('Disconnected', { exact: true }).click();
    await rowOf(SALES).getByRole('button', { name: 'Restore' }).click();
    await page.getByText(`${SALES} is connected again.`).waitFor();
    await page.getByText('Connected', { exact: true }).click();
    await rowOf(SALES).getByText('Live').waitFor();
    expect(tokens.state).toMatchObject({ isRevoked: false, issued: [expect.any(String)] });
  });

  test('the browser found nothing to complain of', () => expect(signedIn.complaints).toEqual([]));
});
