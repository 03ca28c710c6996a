import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../../client/filters.ts';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const usageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.usage,
  validateSearch: readFilters(['month']),
  component: lazyRouteComponent(() => import('./page.tsx'), 'UsagePage'),
});
