import express, { type Express, type Router } from 'express';
import type { Dependencies } from '../core/dependencies.ts';
import { createCodecRouter } from './codec.ts';
import type { EventsRouter } from './events/router.ts';
import { createHealthRouter } from './health.ts';
import { createOAuthRouter } from './oauth/router.ts';
import { createPagesRouter } from './pages/router.ts';
import { assignRequestId } from './request-id.ts';
import { createRestRouter } from './rest/router.ts';

/**
 * The control plane over HTTP.
 * @param mcp the MCP server's router, which `start-app.ts` alone brings together with the rest
 * @param events the event stream, which outlives single requests
 */
export async function createApp(dependencies: Dependencies, mcp: Router, events?: EventsRouter): Promise<Express> {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Whose X-Forwarded-For is believed: throttling and sessions tell networks apart by it.
  app.set('trust proxy', dependencies.config.AGENTGATEWAY_TRUSTED_PROXIES);
  app.use(assignRequestId, (_request, response, next) => {
    response.set({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
    if (dependencies.config.publicUrl.startsWith('https:')) {
      response.set('Strict-Transport-Security', 'max-age=31536000');
    }
    next();
  });
  app.use(createHealthRouter(dependencies));
  app.use(await createOAuthRouter(dependencies));
  app.use(mcp);
  if (events !== undefined) app.use(events.router);
  app.use('/codec', createCodecRouter(dependencies));
  app.use('/api', createRestRouter(dependencies));
  app.use(createPagesRouter(dependencies, events?.position));
  return app;
}
