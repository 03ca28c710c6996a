import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { isInstanceOwner } from '../../core/services/instance-owners.ts';
import { paths } from '../../dashboard/paths.ts';
import { requireMember } from '../sessions/visit.ts';
import { type BuiltFile, readBuiltApp } from './built-app.ts';
import { renderShell } from './render-shell.ts';

function sendFile(request: Request, response: Response, { type, content, coded }: BuiltFile): void {
  const coding = request.acceptsEncodings('br', 'gzip') as keyof BuiltFile['coded'] | false;
  const body = coding === false ? undefined : coded[coding];
  response.set({
    'Content-Type': type,
    // The hash in the name changes with the content.
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept-Encoding',
    ...(body !== undefined && { 'Content-Encoding': String(coding) }),
  });
  response.send(body ?? content);
}

/** The single-page dashboard: its files, and at the address of each of its pages the shell that loads it. */
export function createDashboardRouter(
  dependencies: Dependencies,
  position?: (organizationId: string) => string,
): express.Router {
  const { config } = dependencies;
  const builtApp = readBuiltApp();
  const router = express.Router();

  router.get('/assets/:file', async (request, response, next) => {
    const file = (await builtApp)?.files.get(request.path);
    if (file === undefined) return next();
    sendFile(request, response, file);
  });

  const addresses = Object.values(paths).map((path) => path.replaceAll('$', ':'));
  router.get(addresses, async (request, response) => {
    const { session, memberships, organization, csrfToken } = await requireMember(dependencies, request, response);
    const built = await builtApp;
    if (built === null) {
      throw new PublicError('internal', 'The dashboard is not built. Run "npm run build" and start the app again.');
    }
    renderShell(response, built.shell, {
      person: session.person,
      organizations: memberships.map(({ organizationId, organizationName, role }) => ({
        id: organizationId,
        name: organizationName,
        role,
      })),
      organization: organization.organizationId,
      events_from: position?.(organization.organizationId) ?? null,
      csrf_token: csrfToken,
      relay_url: config.relayUrl,
      mcp_url: config.mcpUrl,
      is_instance_owner: await isInstanceOwner(dependencies, session.person),
    });
  });

  return router;
}
