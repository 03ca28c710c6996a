import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import { paths } from '../dashboard/paths.ts';
import { allowAccess, signIn } from '../tests/e2e/allow-access.ts';
import { type ConnectedClient, connectClient2 } from '../tests/e2e/mcp-clients.ts';

/**
 * Takes pictures of the dashboard's pages, light and dark, and of some on a phone, into docs/screenshots/: run
 * `npm run demo`, wait until it is ready, and then `node tools/record-screenshots.ts [name …]` beside it. With names it
 * takes only those pages.
 */
const root = join(import.meta.dirname, '..');
const dataDir = process.env.AGENTGATEWAY_DATA_DIR ?? join(root, '.agentgateway-demo');
const folder = join(root, 'docs/screenshots');
const read = async (file: string) => JSON.parse(await readFile(join(dataDir, file), 'utf8')) as Record<string, string>;
const {
  app_url: url = '',
  mcp_url: mcpUrl = '',
  api_token: apiToken,
  admin_password: password = '',
} = await read('run.json');
const ADMIN = { email: 'admin@demo.test', password };
const CLAUDE_CODE = 'https://claude.ai/oauth/claude-code-client-metadata';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { look: 'light', colorScheme: 'light', viewport: DESKTOP },
  { look: 'dark', colorScheme: 'dark', viewport: DESKTOP },
  { look: 'phone', colorScheme: 'light', viewport: PHONE },
] as const;
const ON_A_PHONE = ['overview', 'agents', 'agent', 'operation', 'emailThread', 'requestLogs', 'connect'];
/** Pages that the server renders. */
const SERVER_PAGES = { status: '/status', consent: consentAddress() };
const WEBP_QUALITY = 82;
/** Text, since only the page knows its types: until what fades in has its own colours. */
const SETTLED = `document.fonts.ready
  .then(() => new Promise(requestAnimationFrame))
  .then(() => Promise.allSettled(document.getAnimations()
    .filter(({ effect }) => effect.getTiming().iterations !== Infinity)
    .map(({ finished }) => finished)))`;

async function call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

type List = { items: { id: string; kind?: string; messages?: number }[] };
const list = async (path: string) => (await call<List>('GET', path)).items;

const CREDENTIAL = 'hubspot-token';
const MAIL = {
  to: ['anna@example.com'],
  subject: 'Your parcel is on its way',
  text: 'Hello Anna,\n\nit left us today.\n\nDemo Support',
};

/** Where a client would send the admin's browser to ask for access. */
function consentAddress(): string {
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: CLAUDE_CODE,
    redirect_uri: 'http://localhost:54321/callback',
    code_challenge: createHash('sha256').update(randomUUID()).digest('base64url'),
    code_challenge_method: 'S256',
    resource: mcpUrl,
  });
  return `/oauth/authorize?${asked}`;
}

/** A stock client under Claude Code's name, allowed by the admin in the browser. */
async function connectClaude(browser: Browser): Promise<ConnectedClient> {
  const page = await browser.newPage();
  try {
    return await connectClient2(mcpUrl, (address) => allowAccess(page, address, ADMIN), CLAUDE_CODE);
  } finally {
    await page.close();
  }
}

/** What is there only once somebody has worked: a rotation that waits for its value, a draft, a mail sent. */
async function workALittle(browser: Browser, mailbox: string | undefined): Promise<void> {
  const isRotating = (await list('/operations')).some(({ kind }) => kind === 'rotate_credential');
  if (isRotating) return;
  await call('PATCH', `/credentials/${CREDENTIAL}`, { probe: { path: '/crm/v3/objects/contacts' } });
  const claude = await connectClaude(browser);
  await claude.call('list_agents');
  await claude.call('rotate_credential', { credential: CREDENTIAL });
  if (mailbox !== undefined) {
    await claude.call('draft_email', { mailbox, ...MAIL, subject: 'Re: Question about rate limits' });
    await claude.call('send_email', { mailbox, ...MAIL });
  }
  await claude.close();
}

/** What stands for the parts of an address that vary; undefined where the demo has none of it. */
async function valuesOfParts(mailbox: string | undefined): Promise<Record<string, string | undefined>> {
  const threads = mailbox === undefined ? [] : await list(`/email-threads?mailbox=${mailbox}`);
  const operations = await list('/operations');
  return {
    $agent: 'openai-relay',
    $credential: 'github-token',
    $operation: operations.find(({ kind }) => kind === 'rotate_credential')?.id,
    $rule: (await list('/alert-rules')).at(-1)?.id,
    $app: (await list('/connected-apps'))[0]?.id,
    $thread: threads.find(({ messages = 0 }) => messages > 1)?.id ?? threads[0]?.id,
  };
}

/** What a page asked for and has not got; its stream of events never ends. */
function pendingRequests(page: Page): Set<Request> {
  const pending = new Set<Request>();
  page.on('request', (request) => !request.url().includes('/api/events') && pending.add(request));
  page.on('requestfinished', (request) => pending.delete(request));
  page.on('requestfailed', (request) => pending.delete(request));
  return pending;
}

async function takePicture(page: Page, pending: Set<Request>, file: string): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.locator('main [role=status][aria-label]').first().waitFor({ state: 'detached' });
  while (pending.size > 0)
    await Promise.race([page.waitForEvent('requestfinished'), page.waitForEvent('requestfailed')]);
  await page.evaluate(SETTLED);
  // Only the browser's own tools write WebP.
  const tools = await page.context().newCDPSession(page);
  const { data } = await tools.send('Page.captureScreenshot', { format: 'webp', quality: WEBP_QUALITY });
  await writeFile(join(folder, file), Buffer.from(data, 'base64'));
}

const wanted = process.argv.slice(2);
if (wanted.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const [mailbox] = await list('/mailboxes');
await workALittle(browser, mailbox?.id);
const values = await valuesOfParts(mailbox?.id);
const addresses = Object.entries({ ...paths, ...SERVER_PAGES })
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .map(([name, path]) => [name, path.replace(/\$\w+/g, (part) => values[part] ?? part)] as const)
  .filter(([, address]) => !address.includes('$'));
for (const { look, ...settings } of LOOKS) {
  const page = await browser.newPage({ baseURL: url, reducedMotion: 'reduce', ...settings });
  const pending = pendingRequests(page);
  await page.goto('/sign-in');
  if (wanted.length === 0 && look !== 'phone') await takePicture(page, pending, `signIn-${look}.webp`);
  await signIn(page, ADMIN);
  await page.locator('main h1').waitFor();
  for (const [name, address] of addresses) {
    if (look === 'phone' && !ON_A_PHONE.includes(name)) continue;
    await page.goto(address);
    await takePicture(page, pending, `${name}-${look}.webp`);
  }
  await page.close();
}
await browser.close();
