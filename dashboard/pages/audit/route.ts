import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readFilters } from '../../client/filters.ts';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';
import { AUDIT_FILTERS } from './filters.ts';

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.audit,
  validateSearch: readFilters(AUDIT_FILTERS),
  component: lazyRouteComponent(() => import('./page.tsx'), 'AuditPage'),
});
