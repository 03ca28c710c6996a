import { Button } from '@mantine/core';
import { Problem } from '../client/problem.ts';
import { commonStrings } from '../strings/common.ts';

/** The page that makes possible what was refused, where there is one. */
export function WayOn({ error }: { error: Error }) {
  if (!(error instanceof Problem) || error.url === undefined) return null;
  return (
    <Button component="a" href={error.url} target="_blank" rel="opener" size="xs" mt="xs" mr="xs" variant="default">
      {error.code === 'reauthentication_required' ? commonStrings.reauthenticate : commonStrings.follow}
    </Button>
  );
}
