import express from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { createAssetsRouter } from './assets.ts';
import { createDashboardRouter } from './dashboard/router.ts';
import { createEntryRouter } from './entry.ts';
import { createInvitationRouter } from './invitation.ts';
import { createNewOrganizationRouter } from './new-organization.ts';
import { pageErrors } from './page-errors.ts';
import { createPasswordResetRouter } from './password-reset.ts';
import { createReauthenticateRouter } from './reauthenticate.ts';
import { createRevealRouter } from './reveal.ts';
import { createApiTokensRouter } from './settings/api-tokens.ts';
import { createConnectedAppRouter } from './settings/connected-app.ts';
import { createConnectedAppsRouter } from './settings/connected-apps.ts';
import { createMembersRouter } from './settings/members.ts';
import { createProfileRouter } from './settings/profile.ts';
import { createTwoStepRouter } from './settings/two-step.ts';
import { createSetupRouter } from './setup.ts';
import { createSignInRouter } from './sign-in.ts';
import { createSignUpRouter } from './sign-up.ts';

/** Every page that people open in a browser, and what is none of them: last among the app's routers. */
export function createPagesRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();
  router.use(createAssetsRouter());
  router.use(express.urlencoded({ extended: false, limit: '64kb' }));
  for (const createRouter of [
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
    createMembersRouter,
    createApiTokensRouter,
    createConnectedAppsRouter,
    createConnectedAppRouter,
    createDashboardRouter,
  ]) {
    router.use(createRouter(dependencies));
  }
  // Who signs in again after posting a settings form comes back to a path that has no page of its own.
  router.get('/settings/*form', (_request, response) => response.redirect(303, '/settings'));
  router.use(() => {
    throw new PublicError('not_found', 'There is no such page. Check the address.');
  });
  router.use(pageErrors(dependencies));
  return router;
}
