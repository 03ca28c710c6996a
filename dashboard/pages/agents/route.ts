import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const SORTS = ['name', 'newest', 'least_recently_used', 'health'] as const;
export const SHOWN = ['all', 'unhealthy', 'unused', 'deleted'] as const;

/** What the address says about the list, so that a view can be kept and sent. */
export interface AgentsSearch {
  q?: string | undefined;
  sort?: (typeof SORTS)[number] | undefined;
  show?: (typeof SHOWN)[number] | undefined;
}

const oneOf = <Value extends string>(values: readonly Value[], value: unknown): Value | undefined =>
  values.find((candidate) => candidate === value);

/** What is unknown is undefined rather than left out: what is left out stays as the address has it. */
export const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.agents,
  validateSearch: ({ q, sort, show }: Record<string, unknown>): AgentsSearch => ({
    q: typeof q === 'string' && q !== '' ? q.slice(0, 100) : undefined,
    sort: oneOf(SORTS, sort),
    show: oneOf(SHOWN, show),
  }),
  component: lazyRouteComponent(() => import('./page.tsx'), 'AgentsPage'),
});
