import { Button, Group, Stack } from '@mantine/core';
import { CopyField } from './copy-field.tsx';

/** A value that is shown now and never again; without it, the text says why. */
export interface Once {
  title: string;
  text: string;
  label: string;
  value: string | null;
  /** The button that puts it away. */
  done: string;
}

export function ShownOnce({ once: { title, text, label, value, done }, onDone }: { once: Once; onDone: () => void }) {
  return (
    <Stack gap="sm">
      <strong>{title}</strong>
      <p className="muted">{text}</p>
      {value !== null && <CopyField label={label} text={value} />}
      <Group justify="flex-end">
        <Button onClick={onDone}>{done}</Button>
      </Group>
    </Stack>
  );
}
