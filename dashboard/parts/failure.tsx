import { Alert, Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Problem } from '../client/problem.ts';
import { commonStrings } from '../strings/common.ts';
import { sentencesOf } from './form-problems.ts';

/** What went wrong, in the server's words, and the way on: trying again, or the page that makes it possible. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const url = error instanceof Problem ? error.url : undefined;
  const isStale = error instanceof Problem && error.code === 'reauthentication_required';
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} title={commonStrings.failed} role="alert">
      {sentencesOf(error).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {url !== undefined && (
        <Button component="a" href={url} target="_blank" rel="opener" size="xs" mt="xs" variant="default">
          {isStale ? commonStrings.reauthenticate : commonStrings.follow}
        </Button>
      )}
      {onRetry !== undefined && (
        <Button size="xs" mt="xs" ml={url === undefined ? 0 : 'xs'} variant="default" onClick={onRetry}>
          {commonStrings.retry}
        </Button>
      )}
    </Alert>
  );
}
