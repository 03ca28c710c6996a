import { Button, type ButtonProps, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, Suspense, useState } from 'react';
import { Waiting } from './loaded.tsx';
import { type Once, ShownOnce } from './shown-once.tsx';

/**
 * A button and the window that it opens, with a form, which may be fetched when it is opened. A click beside the window does
 * not close it, since that would lose what was typed. `done` closes it; what the form made that is shown once takes its
 * place, and goes by its own button only.
 */
export function WindowButton({
  label,
  title = label,
  size,
  button,
  children,
}: {
  label: string;
  title?: string;
  size?: 'lg';
  button?: ButtonProps & { 'aria-label'?: string };
  children: (done: (once?: Once) => void) => ReactNode;
}) {
  const [opened, { open, close }] = useDisclosure();
  const [once, setOnce] = useState<Once | null>(null);
  const done = (made?: Once): void => {
    setOnce(made ?? null);
    if (made === undefined) close();
  };
  return (
    <>
      <Button {...button} onClick={open}>
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={() => done()}
        closeOnClickOutside={false}
        closeOnEscape={once === null}
        withCloseButton={once === null}
        {...(size && { size })}
        title={<strong>{title}</strong>}
      >
        {once === null ? (
          <Suspense fallback={<Waiting />}>{children(done)}</Suspense>
        ) : (
          <ShownOnce once={once} onDone={() => done()} />
        )}
      </Modal>
    </>
  );
}
