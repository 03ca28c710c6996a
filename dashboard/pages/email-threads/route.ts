import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const emailThreadsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.email,
  validateSearch: readFilters(['mailbox', 'q', 'unread']),
  component: lazyRouteComponent(() => import('./page.tsx'), 'EmailThreadsPage'),
});
