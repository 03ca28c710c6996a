import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';
import { ALERT_FILTERS } from './filters.ts';

export const alertsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.alerts,
  validateSearch: readFilters(ALERT_FILTERS),
  component: lazyRouteComponent(() => import('./page.tsx'), 'AlertsPage'),
});
