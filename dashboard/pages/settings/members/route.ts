import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.members,
  component: lazyRouteComponent(() => import('./page.tsx'), 'MembersPage'),
});
