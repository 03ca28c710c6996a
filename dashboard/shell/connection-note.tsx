import { Button, Group, Modal, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { connection } from '../client/connection.ts';
import { useStore } from '../client/store.ts';
import { shellStrings } from '../strings/shell.ts';
import classes from './connection-note.module.css';

const { signedOut } = shellStrings;

/** Says when the server cannot be reached or the session ended; the page stays, with all that was typed. */
export function ConnectionNote() {
  const state = useStore(connection);
  return (
    <>
      <div role="status" aria-live="polite">
        {state === 'unreachable' && (
          <p className={classes.note}>
            <IconPlugConnectedX size={18} stroke={1.7} aria-hidden />
            {shellStrings.unreachable}
          </p>
        )}
      </div>
      <Modal
        opened={state === 'signed_out'}
        onClose={() => {}}
        closeOnEscape={false}
        closeOnClickOutside={false}
        withCloseButton={false}
        title={<strong>{signedOut.title}</strong>}
      >
        <Text mb="md">{signedOut.text}</Text>
        <Group>
          <Button component="a" href="/sign-in" target="_blank" rel="opener" data-autofocus>
            {signedOut.button}
          </Button>
          <Button variant="default" onClick={() => window.location.reload()}>
            {signedOut.reload}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
