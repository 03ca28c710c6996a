import { Kbd, Modal } from '@mantine/core';
import { useStore } from '../client/store.ts';
import { shellStrings } from '../strings/shell.ts';
import { closeOverlay, overlay } from './command-palette-state.ts';
import { sections } from './sections.ts';
import classes from './shortcut-help.module.css';

const { shortcuts, thenPress } = shellStrings;

/** Every shortcut, opened with `?`. */
export function ShortcutHelp() {
  const opened = useStore(overlay) === 'shortcuts';
  return (
    <Modal opened={opened} onClose={closeOverlay} title={<strong>{shellStrings.shortcutsTitle}</strong>}>
      <dl className={classes.list}>
        <dt>{shortcuts.palette}</dt>
        <dd>
          <Kbd>/</Kbd>
        </dd>
        <dt>{shortcuts.help}</dt>
        <dd>
          <Kbd>?</Kbd>
        </dd>
        {sections.flat().map(({ label, shortcut }) => (
          <div key={label}>
            <dt>{shortcuts.go(label)}</dt>
            <dd>
              <Kbd>g</Kbd> {thenPress} <Kbd>{shortcut}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
