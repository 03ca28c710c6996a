import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const operationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.operation,
  component: lazyRouteComponent(() => import('./page.tsx'), 'OperationPage'),
});
