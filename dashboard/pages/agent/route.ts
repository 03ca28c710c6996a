import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { paths } from '../../paths.ts';
import { rootRoute } from '../../root-route.tsx';

export const TABS = ['traffic', 'logs', 'settings', 'keys', 'credentials', 'use'] as const;
export type Tab = (typeof TABS)[number];

export const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: paths.agent,
  // Undefined rather than left out: what is left out stays as the address has it.
  validateSearch: ({ tab }: Record<string, unknown>): { tab?: Tab | undefined } => ({
    tab: TABS.find((candidate) => candidate === tab),
  }),
  component: lazyRouteComponent(() => import('./page.tsx'), 'AgentPage'),
});
