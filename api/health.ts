import { Router } from 'express';
import type { Dependencies } from '../core/dependencies.ts';

/** `/healthz`: the process lives. `/readyz`: it can answer, because the database does. */
export function createHealthRouter({ database, log }: Dependencies): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    try {
      await database.inInstance((transaction) => transaction.$queryRaw`SELECT 1`);
      response.json({ status: 'ready' });
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'not ready');
      response.status(503).set('Retry-After', '5').json({ status: 'database unavailable' });
    }
  });
  return router;
}
