import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../../client/filters.ts';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const mailboxesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.mailboxes,
  validateSearch: readFilters(['show']),
  component: lazyRouteComponent(() => import('./page.tsx'), 'MailboxesPage'),
});
