import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const newAgentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.newAgent,
  component: lazyRouteComponent(() => import('./page.tsx'), 'NewAgentPage'),
});
