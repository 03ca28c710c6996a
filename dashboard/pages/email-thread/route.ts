import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const emailThreadRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.emailThread,
  component: lazyRouteComponent(() => import('./page.tsx'), 'EmailThreadPage'),
});
