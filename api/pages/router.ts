import express from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { createDashboardRouter } from '../dashboard/router.ts';
import { createAssetsRouter } from './assets.ts';
import { createAllowHostRouter } from './dashboard/router.ts';
import { createEntryRouter } from './entry.ts';
import { createInvitationRouter } from './invitation.ts';
import { knowOrigin } from './layout.ts';
import { createNewOrganizationRouter } from './new-organization.ts';
import { pageErrors } from './page-errors.ts';
import { createPasswordResetRouter } from './password-reset.ts';
import { createReauthenticateRouter } from './reauthenticate.ts';
import { createRevealRouter } from './reveal.ts';
import { createProfileRouter } from './settings/profile.ts';
import { createTwoStepRouter } from './settings/two-step.ts';
import { createSetupRouter } from './setup.ts';
import { createSignInRouter } from './sign-in.ts';
import { createSignUpRouter } from './sign-up.ts';
import { createStatusRouter } from './status.ts';

/**
 * Every page that people open in a browser, and what is none of them: last among the app's routers.
 * @param position where an organization's event stream stands
 */
export function createPagesRouter(
  dependencies: Dependencies,
  position?: (organizationId: string) => string,
): express.Router {
  const router = express.Router();
  router.use(knowOrigin(dependencies.config));
  router.use(createAssetsRouter());
  router.use(express.urlencoded({ extended: false, limit: '64kb' }));
  for (const createRouter of [
    createStatusRouter,
    createSetupRouter,
    createSignInRouter,
    createSignUpRouter,
    createPasswordResetRouter,
    createInvitationRouter,
    createNewOrganizationRouter,
    createReauthenticateRouter,
    createEntryRouter,
    createRevealRouter,
    createProfileRouter,
    createTwoStepRouter,
    createAllowHostRouter,
  ]) {
    router.use(createRouter(dependencies));
  }
  router.use(createDashboardRouter(dependencies, position));
  // Who signs in again after posting a settings form comes back to a path that has no page of its own.
  router.get('/settings/*form', (_request, response) => response.redirect(303, '/settings/profile'));
  router.use(() => {
    throw new PublicError('not_found', 'There is no such page. Check the address.');
  });
  router.use(pageErrors(dependencies));
  return router;
}
