import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const connectedAppRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.connectedApp,
  component: lazyRouteComponent(() => import('./page.tsx'), 'ConnectedAppPage'),
});
