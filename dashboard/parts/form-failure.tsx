import { Alert } from '@mantine/core';
import { isChangedMeanwhile } from '../client/problem.ts';
import { commonStrings } from '../strings/common.ts';
import { Failure } from './failure.tsx';

/**
 * What went wrong with sending a form.
 * @param what it changes, in words, where saving again puts it over somebody else's change
 */
export function FormFailure({ error, what }: { error: Error | null; what?: string | undefined }) {
  if (error === null) return null;
  if (what === undefined || !isChangedMeanwhile(error)) return <Failure error={error} />;
  return (
    <Alert color="yellow" role="alert">
      {commonStrings.changedMeanwhile(what)}
    </Alert>
  );
}
