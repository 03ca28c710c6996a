import { Button, Switch } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { useList, useOperation } from '../../client/use-operation.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { Loaded, Waiting } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toastFailure } from '../../parts/toast.tsx';
import { paths } from '../../paths.ts';
import { commonStrings } from '../../strings/common.ts';
import { emailStrings } from '../../strings/email.ts';
import { MessageView } from './message.tsx';
import { Reply } from './reply.tsx';

const { thread: strings, threads } = emailStrings;

function Mark({ thread, isUnread }: { thread: string; isUnread: boolean }) {
  const marking = useAction('mark_email_thread');
  return (
    <Button
      variant="default"
      loading={marking.isPending}
      onClick={() => marking.mutate({ thread, read: isUnread }, { onError: toastFailure })}
    >
      {isUnread ? strings.markRead : strings.markUnread}
    </Button>
  );
}

/** `/email/threads/$thread`: what was written, and the answer to it. */
export function EmailThreadPage() {
  const { thread: id } = useParams({ from: paths.emailThread });
  const [quotes, setQuotes] = useState(false);
  const messages = useList('get_email_thread', { thread: id, quotes, limit: 20 });
  const mailboxes = useOperation('list_mailboxes', {});
  return (
    <>
      <BackLink to={paths.email}>{strings.back}</BackLink>
      <Loaded query={messages} waiting={<Waiting lines={10} />}>
        {({ pages: [first, ...others] }) => {
          if (first === undefined) return null;
          const { thread, mailbox } = first;
          const mine = mailboxes.data?.items.find(({ address }) => address === mailbox)?.you_may ?? [];
          return (
            <>
              <PageHead
                title={thread.subject === '' ? threads.noSubject : thread.subject}
                text={strings.text(thread.messages, mailbox)}
                actions={mayWrite && <Mark thread={id} isUnread={thread.unread > 0} />}
              />
              {mayWrite && mine.includes('draft') && <Reply thread={id} maySend={mine.includes('send')} />}
              <Panel
                title={emailStrings.threads.columns.messages}
                flush
                action={
                  <Switch
                    size="xs"
                    label={strings.quotes}
                    checked={quotes}
                    onChange={({ currentTarget }) => setQuotes(currentTarget.checked)}
                  />
                }
              >
                {[first, ...others]
                  .flatMap(({ items }) => items)
                  .map((message) => (
                    <MessageView key={`${message.id} ${quotes}`} thread={id} message={message} quotes={quotes} />
                  ))}
              </Panel>
              {messages.hasNextPage && (
                <Button
                  mt="md"
                  variant="default"
                  loading={messages.isFetchingNextPage}
                  onClick={() => void messages.fetchNextPage()}
                >
                  {commonStrings.more}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}
