import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { EmptyState } from '../parts/empty-state.tsx';
import { shellStrings } from '../strings/shell.ts';

const { crash } = shellStrings;

/** A page's code is fetched when it is opened; after an update of the server the old one is gone. */
function isOutdated(message: string): boolean {
  return /dynamically imported module|preload CSS|module script/i.test(message);
}

/** Instead of a page that failed: the rest of the app goes on. */
export function PageCrash({ error, reset }: ErrorComponentProps) {
  const message = error instanceof Error ? error.message : String(error);
  if (isOutdated(message)) {
    return (
      <EmptyState
        title={crash.title}
        text={crash.outdated}
        action={<Button onClick={() => window.location.reload()}>{crash.reload}</Button>}
      />
    );
  }
  return (
    <EmptyState title={crash.title} text={crash.text} action={<Button onClick={reset}>{crash.retry}</Button>}>
      <code>{message}</code>
    </EmptyState>
  );
}
