import { type Dispatch, type SetStateAction, useEffect, useState } from 'react';
import { isChangedMeanwhile } from './problem.ts';

/**
 * The version of what a form was filled in from, not of what others have saved since. Whoever was told that it is old, and
 * saves again, means to put theirs over it: from then on it is the one that the page shows.
 * @param current of what the page shows
 * @param error what saving was refused with
 */
export function useFilledVersion<Version extends number | undefined>(
  current: Version,
  error: Error | null,
): [version: Version, setVersion: Dispatch<SetStateAction<Version>>] {
  const [version, setVersion] = useState(current);
  const isOld = isChangedMeanwhile(error);
  useEffect(() => {
    if (isOld) setVersion(current);
  }, [isOld, current]);
  return [version, setVersion];
}
