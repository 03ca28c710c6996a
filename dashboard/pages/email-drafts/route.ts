import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const emailDraftsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.emailDrafts,
  component: lazyRouteComponent(() => import('./page.tsx'), 'EmailDraftsPage'),
});
