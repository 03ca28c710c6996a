import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const alertRulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.alertRules,
  validateSearch: readFilters(['show']),
  component: lazyRouteComponent(() => import('./page.tsx'), 'AlertRulesPage'),
});
