import { Button, Group } from '@mantine/core';
import { Failure } from './failure.tsx';

/** The end of a form: what went wrong with sending it, and the button that sends it. */
export function FormEnd({ action, label }: { action: { error: Error | null; isPending: boolean }; label: string }) {
  return (
    <>
      {action.error !== null && <Failure error={action.error} />}
      <Group justify="flex-end">
        <Button type="submit" loading={action.isPending}>
          {label}
        </Button>
      </Group>
    </>
  );
}
