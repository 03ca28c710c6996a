import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const connectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.connect,
  component: lazyRouteComponent(() => import('./page.tsx'), 'ConnectPage'),
});
