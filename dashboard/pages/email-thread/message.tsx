import { Button } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { requestOf, send } from '../../client/call.ts';
import { saveFile } from '../../client/export-lines.ts';
import type { Item } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { asBytes } from '../../parts/bytes.ts';
import { exactTime } from '../../parts/moment.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { toastFailure } from '../../parts/toast.tsx';
import { emailStrings } from '../../strings/email.ts';
import classes from './thread.module.css';

type Message = Item<'get_email_thread'>;

const { thread: strings } = emailStrings;

/** A file that somebody sent: saved, never opened. */
function Attachment({ thread, attachment }: { thread: string; attachment: Message['attachments'][number] }) {
  const name = attachment.filename ?? attachment.id;
  const saving = useMutation({
    mutationFn: async () => {
      const { method, url } = requestOf('get_email_attachment', { thread, attachment: attachment.id });
      const file = await (await send(url, { method })).arrayBuffer();
      // Whatever it says that it is, the browser does not open it.
      saveFile(name, new Blob([file], { type: 'application/octet-stream' }));
    },
    onError: toastFailure,
  });
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconPaperclip size={14} aria-hidden />}
      loading={saving.isPending}
      onClick={() => saving.mutate()}
    >
      {strings.attachment(name, asBytes(attachment.size_bytes))}
    </Button>
  );
}

/** The part of a long message from an offset on, and what follows it. */
function Rest({
  thread,
  message,
  offset,
  quotes,
}: {
  thread: string;
  message: string;
  offset: number;
  quotes: boolean;
}) {
  const [isWanted, setWanted] = useState(false);
  const rest = useOperation('get_email_thread', { thread, message, offset, quotes }, { enabled: isWanted });
  const [part] = rest.data?.items ?? [];
  if (part === undefined) {
    return (
      <Button mt="sm" size="xs" variant="default" loading={rest.isFetching} onClick={() => setWanted(true)}>
        {strings.longer}
      </Button>
    );
  }
  return (
    <>
      <div className={classes.text}>{part.text}</div>
      {part.next_offset !== null && (
        <Rest thread={thread} message={message} offset={part.next_offset} quotes={quotes} />
      )}
    </>
  );
}

/** One mail of a thread, as readable text. */
export function MessageView({ thread, message, quotes }: { thread: string; message: Message; quotes: boolean }) {
  const { id, from, to, cc, received_at, unread, is_ours, automatic, text, next_offset, attachments } = message;
  return (
    <article className={classes.message}>
      <header className={classes.head}>
        <div>
          <strong>{from.join(', ')}</strong> {unread && <StatusBadge tone="info">{strings.unread}</StatusBadge>}{' '}
          {is_ours && <StatusBadge>{strings.ours}</StatusBadge>}{' '}
          {automatic !== null && <StatusBadge>{strings.automatic}</StatusBadge>}
          <small>
            {strings.to} {to.join(', ')}
            {cc.length > 0 && `, ${strings.copy} ${cc.join(', ')}`}
          </small>
        </div>
        <time className="muted" dateTime={received_at}>
          {exactTime(received_at)}
        </time>
      </header>
      <div className={classes.text}>{text}</div>
      {next_offset !== null && <Rest thread={thread} message={id} offset={next_offset} quotes={quotes} />}
      {attachments.length > 0 && (
        <div className={classes.attachments}>
          {attachments.map((attachment) => (
            <Attachment key={attachment.id} thread={thread} attachment={attachment} />
          ))}
        </div>
      )}
    </article>
  );
}
