import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const credentialRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.credential,
  component: lazyRouteComponent(() => import('./page.tsx'), 'CredentialPage'),
});
