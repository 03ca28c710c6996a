import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Input, Item } from './registry.ts';
import { keyOf, useList } from './use-operation.ts';

export type LogName = 'list_request_logs' | 'list_audit_events';

/**
 * A log from its newest row on, fetched as far as one scrolls. It is live until somebody reads: who opened a row or
 * scrolled down keeps what they see until they refresh. What an earlier visit of the page saw is thrown away.
 */
export function useLog<Name extends LogName>(name: Name, input: Input<Name>) {
  const queryClient = useQueryClient();
  const asked = JSON.stringify(input);
  const [pausedAt, setPausedAt] = useState<string | null>(null);
  const isLive = pausedAt !== asked;
  const log = useList(name, input, { enabled: isLive });
  useEffect(() => () => queryClient.removeQueries({ queryKey: keyOf(name), type: 'inactive' }), [queryClient, name]);
  const pause = () => setPausedAt(asked);
  return {
    log,
    isLive,
    pause,
    rows: (log.data?.pages ?? []).flatMap((page) => page.items as Item<Name>[]),
    fetchMore() {
      if (!log.hasNextPage || log.isFetchingNextPage) return;
      pause();
      void log.fetchNextPage();
    },
    refresh() {
      setPausedAt(null);
      void queryClient.resetQueries({ queryKey: keyOf(name) });
    },
  };
}
