import { Router } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { agentsPage } from './agents-page.ts';
import { allowHost, allowHostPage } from './allow-host-page.ts';
import { credentialsPage } from './credentials-page.ts';
import { operationPage, operationsPage } from './operation-pages.ts';

/** The pages that show and decide; the same URLs later serve the single-page dashboard. */
export function createDashboardRouter(dependencies: Dependencies): Router {
  const router = Router();
  router.get('/', agentsPage(dependencies));
  router.get('/credentials', credentialsPage(dependencies));
  router.get('/credentials/:credential/allow-host', allowHostPage(dependencies));
  router.post('/credentials/:credential/allow-host', allowHost(dependencies));
  router.get('/operations', operationsPage(dependencies));
  router.get('/operations/:operation', operationPage(dependencies));
  return router;
}
