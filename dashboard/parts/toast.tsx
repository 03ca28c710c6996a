import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { commonStrings } from '../strings/common.ts';
import { WayOn } from './way-on.tsx';

/** How long what can be undone stays to be undone from its toast. */
const UNDO_MS = 12_000;

/** Tells what was done, for a moment; `undo` takes it back. */
export function toast(text: string, undo?: () => void): void {
  const id = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? '';
  notifications.show({
    id,
    message: (
      <span>
        {text}{' '}
        {undo !== undefined && (
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => {
              notifications.hide(id);
              undo();
            }}
          >
            {commonStrings.undo}
          </Button>
        )}
      </span>
    ),
    ...(undo !== undefined && { autoClose: UNDO_MS }),
  });
}

/** Tells that something did not work, where there is no better place for it on the page. */
export function toastFailure(error: Error): void {
  const message = (
    <>
      <div>{error.message}</div>
      <WayOn error={error} />
    </>
  );
  notifications.show({ color: 'red', title: commonStrings.failed, message, autoClose: UNDO_MS });
}
