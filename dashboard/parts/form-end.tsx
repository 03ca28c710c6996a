import { Button, Group } from '@mantine/core';
import { FormFailure } from './form-failure.tsx';

/** The end of a form: what went wrong with sending it, and the button that sends it. @param what as of `FormFailure` */
export function FormEnd({
  action,
  label,
  what,
}: {
  action: { error: Error | null; isPending: boolean };
  label: string;
  what?: string;
}) {
  return (
    <>
      <FormFailure error={action.error} what={what} />
      <Group justify="flex-end">
        <Button type="submit" loading={action.isPending}>
          {label}
        </Button>
      </Group>
    </>
  );
}
