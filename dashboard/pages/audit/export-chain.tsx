import { Button } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { requestOf, send } from '../../client/call.ts';
import { saveFile } from '../../client/export-lines.ts';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { auditStrings } from '../../strings/audit.ts';

/** Saves every chained event with its hash, so that others can verify the chain without this installation. */
export function ExportChain() {
  const exporting = useMutation({
    mutationFn: async () => {
      const { url, method } = requestOf('export_audit_events', {});
      const response = await send(url, { method });
      saveFile('audit-chain.jsonl', await response.blob());
    },
    onSuccess: () => toast(auditStrings.exportedAll),
    onError: toastFailure,
  });
  return (
    <Button
      variant="default"
      leftSection={<IconLink size={16} aria-hidden />}
      loading={exporting.isPending}
      onClick={() => exporting.mutate()}
    >
      {auditStrings.exportAll}
    </Button>
  );
}
