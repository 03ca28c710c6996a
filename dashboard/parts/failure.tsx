import { Alert, Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { commonStrings } from '../strings/common.ts';
import { sentencesOf } from './form-problems.ts';
import { WayOn } from './way-on.tsx';

/** What went wrong, in the server's words, and the way on: trying again, or the page that makes it possible. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} title={commonStrings.failed} role="alert">
      {sentencesOf(error).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <WayOn error={error} />
      {onRetry !== undefined && (
        <Button size="xs" mt="xs" variant="default" onClick={onRetry}>
          {commonStrings.retry}
        </Button>
      )}
    </Alert>
  );
}
