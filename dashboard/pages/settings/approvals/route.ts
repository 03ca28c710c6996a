import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const approvalsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.approvals,
  component: lazyRouteComponent(() => import('./page.tsx'), 'ApprovalsPage'),
});
