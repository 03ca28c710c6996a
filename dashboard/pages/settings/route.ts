import { createRoute, redirect } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

/** `/settings` has no page of its own: it opens the one that people come for most. */
export const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.settings,
  beforeLoad: () => {
    throw redirect({ to: paths.connectedApps, search: (before) => before, replace: true });
  },
});
