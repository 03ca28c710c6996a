import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const apiTokensRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.apiTokens,
  component: lazyRouteComponent(() => import('./page.tsx'), 'ApiTokensPage'),
});
