import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.overview,
  component: lazyRouteComponent(() => import('./page.tsx'), 'OverviewPage'),
});
