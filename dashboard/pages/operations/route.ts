import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';
import { OPERATION_FILTERS } from './filters.ts';

export const operationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.operations,
  validateSearch: readFilters(OPERATION_FILTERS),
  component: lazyRouteComponent(() => import('./page.tsx'), 'OperationsPage'),
});
