import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const TABS = ['traffic', 'logs', 'settings', 'keys', 'credentials', 'use'] as const;
export type Tab = (typeof TABS)[number];

export const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.agent,
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: Tab } => {
    const known = TABS.find((candidate) => candidate === tab);
    return known === undefined ? {} : { tab: known };
  },
  component: lazyRouteComponent(() => import('./page.tsx'), 'AgentPage'),
});
