import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../parts/empty-state.tsx';
import { paths } from '../paths.ts';
import { shellStrings } from '../strings/shell.ts';

const { missing } = shellStrings;

/** For an address that there is no page at. */
export function PageMissing() {
  return (
    <EmptyState
      title={missing.title}
      text={missing.text}
      action={<Button renderRoot={(props) => <Link {...props} to={paths.overview} />}>{missing.back}</Button>}
    />
  );
}
