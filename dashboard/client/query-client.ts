import { onlineManager, QueryClient } from '@tanstack/react-query';
import { isTransient } from './problem.ts';

const MOST_TRIES = 4;

// Whether the server answers is what counts, not what the browser thinks of its network.
onlineManager.setEventListener(() => () => {});

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What changed is told by the event stream; nothing is asked for again just because it is shown again.
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: 'always',
      retry: (failures, error) => isTransient(error) && failures < MOST_TRIES,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
    },
    mutations: {
      // What a person asked for either happens now or is told to have failed; it never waits to surprise them later.
      networkMode: 'always',
      retry: false,
    },
  },
});
