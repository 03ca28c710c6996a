import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createPagesRouter } from '../../../api/pages/router.ts';
import { assignRequestId } from '../../../api/request-id.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import type { Role } from '../../../core/domain/roles.ts';
import { hashPassword } from '../../../core/services/passwords.ts';
import { formFields, openBrowser, type TestBrowser } from '../../servers/browser.ts';
import { testDependencies } from '../../servers/dependencies.ts';
import { givePassword, seedCaller } from '../../servers/seed.ts';

export const PASSWORD = 'a quiet walk by the canal';

export interface PagesApp {
  url: string;
  dependencies: Dependencies;
  stop(): Promise<void>;
}

/**
 * The pages over HTTP on loopback, on a database of their own.
 * @param options.serve what else is served, before the pages
 */
export async function startPages(
  environment: NodeJS.ProcessEnv = {},
  { serve }: { serve?: (dependencies: Dependencies) => express.Router } = {},
): Promise<PagesApp> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { dependencies, stop } = await testDependencies({
    environment: { AGENTGATEWAY_PUBLIC_URL: url, ...environment },
  });
  const app = express();
  app.set('query parser', 'simple');
  // Lets a test come from several networks.
  app.set('trust proxy', 'loopback');
  app.use(assignRequestId);
  if (serve !== undefined) app.use(serve(dependencies));
  app.use(createPagesRouter(dependencies));
  server.on('request', app);
  return {
    url,
    dependencies,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await stop();
    },
  };
}

/** An organization with one member who can sign in with `PASSWORD`. */
export async function seedMember({ dependencies }: PagesApp, role: Role = 'admin') {
  const caller = await seedCaller(dependencies.database, role);
  await givePassword(dependencies.database, caller.person.id, PASSWORD);
  return caller;
}

/** A further member of an organization. */
export async function seedColleague({ dependencies }: PagesApp, organizationId: string, email: string, role: Role) {
  const passwordHash = await hashPassword(PASSWORD);
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const person = await transaction.person.create({ data: { email, name: email, passwordHash } });
    await transaction.membership.create({ data: { organizationId, personId: person.id, role } });
    return { id: person.id, email, name: email };
  });
}

export const from = (address: string) => ({ 'x-forwarded-for': address });

/** Fills the form with this action on a page in and sends it. */
export async function submit(
  browser: TestBrowser,
  path: string,
  fields: Record<string, string>,
  { action = path.replace(/\?.*/, ''), headers = {} }: { action?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const page = await (await browser.get(path)).text();
  return browser.post(action, { ...formFields(page, action), ...fields }, headers);
}

export async function signIn(
  { url }: Pick<PagesApp, 'url'>,
  email: string,
  { browser = openBrowser(url), password = PASSWORD, address = '203.0.113.7' } = {},
): Promise<{ browser: TestBrowser; response: Response }> {
  const response = await submit(browser, '/sign-in', { email, password }, { headers: from(address) });
  return { browser, response };
}
