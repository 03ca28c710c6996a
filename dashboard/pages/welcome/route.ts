import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.welcome,
  component: lazyRouteComponent(() => import('./page.tsx'), 'WelcomePage'),
});
