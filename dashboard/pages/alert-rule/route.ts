import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const alertRuleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.alertRule,
  component: lazyRouteComponent(() => import('./page.tsx'), 'AlertRulePage'),
});
