import { Router } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { agentsPage } from './agents-page.ts';
import { allowHost, allowHostPage } from './allow-host-page.ts';
import { credentialsPage } from './credentials-page.ts';
import { dismissNotice } from './notices.ts';
import { decideOnOperation } from './operation-decisions.ts';
import { operationPage } from './operation-page.ts';
import { operationsPage } from './operations-page.ts';

/** The pages that show and decide; the same URLs later serve the single-page dashboard. */
export function createDashboardRouter(dependencies: Dependencies): Router {
  const router = Router();
  router.get('/', agentsPage(dependencies));
  router.get('/credentials', credentialsPage(dependencies));
  router.get('/credentials/:credential/allow-host', allowHostPage(dependencies));
  router.post('/credentials/:credential/allow-host', allowHost(dependencies));
  router.get('/operations', operationsPage(dependencies));
  router.get('/operations/:operation', operationPage(dependencies));
  router.post('/operations/:operation', decideOnOperation(dependencies));
  router.post('/notices/:notice/dismiss', dismissNotice(dependencies));
  return router;
}
