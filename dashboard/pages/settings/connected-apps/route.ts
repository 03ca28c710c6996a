import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../../paths.ts';
import { rootRoute } from '../../../root-route.tsx';

export const connectedAppsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.connectedApps,
  validateSearch: ({ revoked }: Record<string, unknown>): { revoked?: string } =>
    typeof revoked === 'string' ? { revoked } : {},
  component: lazyRouteComponent(() => import('./page.tsx'), 'ConnectedAppsPage'),
});
