import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { commonStrings } from '../strings/common.ts';
import classes from './copy-field.module.css';

/** Text to take elsewhere, with a button that copies it. */
export function CopyField({ text, label, block = false }: { text: string; label: string; block?: boolean }) {
  return (
    <div className={classes.field}>
      {block ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <pre tabIndex={0}>{text}</pre>
      ) : (
        <code>{text}</code>
      )}
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? commonStrings.copied : commonStrings.copy}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={`${commonStrings.copy}: ${label}`}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
