import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';
import { REQUEST_LOG_FILTERS } from './filters.ts';

export const requestLogsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.requestLogs,
  validateSearch: readFilters(REQUEST_LOG_FILTERS),
  component: lazyRouteComponent(() => import('./page.tsx'), 'RequestLogsPage'),
});
