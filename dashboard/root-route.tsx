import { createRootRoute, retainSearchParams } from '@tanstack/react-router';
import { boot } from './client/boot.ts';
import { PageCrash } from './shell/page-crash.tsx';
import { PageMissing } from './shell/page-missing.tsx';
import { Shell } from './shell/shell.tsx';

/**
 * Who belongs to several organizations sees in the address which one a tab shows, so that tabs, bookmarks and reloads
 * stay with theirs.
 */
export const rootRoute = createRootRoute({
  validateSearch: ({ organization }: Record<string, unknown>): { organization?: string } =>
    boot.organizations.length > 1
      ? { organization: typeof organization === 'string' ? organization : boot.organization }
      : {},
  search: { middlewares: [retainSearchParams(['organization'])] },
  component: Shell,
  notFoundComponent: PageMissing,
  errorComponent: PageCrash,
});
