import { Button } from '@mantine/core';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { logStrings } from '../strings/logs.ts';
import { toast, toastFailure } from './toast.tsx';

/** Reads a log again from its newest row, and saves what its filters find. */
export function LogActions({
  onRefresh,
  isRefreshing,
  onExport,
}: {
  onRefresh: () => void;
  isRefreshing: boolean;
  onExport: () => Promise<{ rows: number; isAll: boolean }>;
}) {
  const exporting = useMutation({
    mutationFn: onExport,
    onSuccess: ({ rows, isAll }) => toast(logStrings.exported(rows, isAll)),
    onError: toastFailure,
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        loading={isRefreshing}
        onClick={onRefresh}
      >
        {logStrings.refresh}
      </Button>
      <Button
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        loading={exporting.isPending}
        onClick={() => exporting.mutate()}
      >
        {logStrings.export}
      </Button>
    </>
  );
}
