import { Router } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { allowHost, allowHostPage } from './allow-host-page.ts';

/** The page that decides where a secret may go: it is opened by links and works without a script. */
export function createAllowHostRouter(dependencies: Dependencies): Router {
  const router = Router();
  router.get('/credentials/:credential/allow-host', allowHostPage(dependencies));
  router.post('/credentials/:credential/allow-host', allowHost(dependencies));
  return router;
}
