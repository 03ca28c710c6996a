import { useRef } from 'react';
import { boot } from '../../../client/boot.ts';
import type { Item } from '../../../client/registry.ts';
import { useOperation } from '../../../client/use-operation.ts';

type App = Item<'list_connected_apps'>;

/**
 * The person's own connected apps, and the one that connected while the page was open: an app that was not there when it
 * opened, or got one more grant. The event stream has the list read anew.
 */
export function useConnected(): { apps: App[]; fresh: App | undefined } {
  const query = useOperation('list_connected_apps', { limit: 200 });
  const apps = (query.data?.items ?? []).filter(({ person }) => person.id === boot.person.id);
  const before = useRef<ReadonlyMap<string, number> | null>(null);
  if (before.current === null && query.data !== undefined) {
    before.current = new Map(apps.map(({ id, grant_count }) => [id, grant_count]));
  }
  const known = before.current;
  const fresh = apps.find(({ id, grant_count }) => known !== null && grant_count > (known.get(id) ?? 0));
  return { apps, fresh };
}
