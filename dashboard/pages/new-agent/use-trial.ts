import { useRef } from 'react';
import type { Output } from '../../client/registry.ts';
import { useAction } from '../../client/use-action.ts';

interface Trial {
  answer: Output<'test_upstream'> | undefined;
  error: Error | null;
  isPending: boolean;
  /** Tries an upstream, each once. @returns whether it answers */
  run(upstreamUrl: string): Promise<boolean>;
}

/** Whether the upstream that was typed answers; `upstreamUrl` is the one that stands there now. */
export function useTrial(upstreamUrl: string): Trial {
  const { data, error, isPending, variables, mutateAsync } = useAction('test_upstream', { keepsEverything: true });
  const asked = useRef<{ url: string; works: Promise<boolean> } | null>(null);
  const run = (url: string): Promise<boolean> => {
    if (asked.current?.url === url) return asked.current.works;
    const works = mutateAsync({ upstream_url: url }).then(
      (answer) => answer.works,
      () => {
        // It told nothing of the upstream: the next time it is tried again.
        asked.current = null;
        return false;
      },
    );
    asked.current = { url, works };
    return works;
  };
  const isOfNow = variables?.upstream_url === upstreamUrl;
  return { answer: isOfNow ? data : undefined, error: isOfNow ? error : null, isPending: isOfNow && isPending, run };
}
