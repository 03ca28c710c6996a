import { createRouter } from '@tanstack/react-router';
import { pages } from './pages/index.ts';
import { rootRoute } from './root-route.tsx';
import { PageCrash } from './shell/page-crash.tsx';

export const router = createRouter({
  routeTree: rootRoute.addChildren(pages),
  defaultPreload: 'intent',
  defaultErrorComponent: PageCrash,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
