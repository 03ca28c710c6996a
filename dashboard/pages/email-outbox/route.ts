import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const emailOutboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.emailOutbox,
  validateSearch: readFilters(['state']),
  component: lazyRouteComponent(() => import('./page.tsx'), 'EmailOutboxPage'),
});
