import { Button } from '@mantine/core';
import { IconMail, IconPencil } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode } from 'react';
import type { Item } from '../../client/registry.ts';
import { isAdmin, mayWrite } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Panel } from '../../parts/panel.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { paths } from '../../paths.ts';
import { emailStrings as strings } from '../../strings/email.ts';
import { EMAIL_TABS } from './tabs.ts';

const NewMail = lazy(() => import('./new-mail.tsx').then((made) => ({ default: made.NewMail })));

export type MailboxItem = Item<'list_mailboxes'>;

function NoMailbox() {
  const { title, text, connect, askAdmin } = strings.noMailbox;
  const button = isAdmin ? (
    <Button renderRoot={(props) => <Link {...props} to={paths.mailboxes} />}>{connect}</Button>
  ) : (
    <span className="muted">{askAdmin}</span>
  );
  return (
    <Panel>
      <EmptyState icon={<IconMail size={20} />} title={title} text={text} action={button} />
    </Panel>
  );
}

/** The head and tabs of e-mail's pages, once there is a mailbox. */
export function EmailFrame({ children }: { children: (mailboxes: [MailboxItem, ...MailboxItem[]]) => ReactNode }) {
  const query = useOperation('list_mailboxes', {});
  const usable = (query.data?.items ?? []).filter(({ you_may }) => you_may.length > 0);
  const writable = usable.filter(({ you_may }) => you_may.includes('draft'));
  return (
    <>
      <PageHead
        title={strings.title}
        text={strings.text}
        actions={
          mayWrite &&
          writable.length > 0 && (
            <WindowButton
              label={strings.compose.new}
              size="lg"
              button={{ leftSection: <IconPencil size={16} aria-hidden /> }}
            >
              {(done) => <NewMail mailboxes={writable} onClose={done} />}
            </WindowButton>
          )
        }
      />
      <PageTabs label={strings.tabs.label} tabs={EMAIL_TABS} />
      <Loaded query={query}>
        {() => {
          const [first, ...others] = usable;
          return first === undefined ? <NoMailbox /> : children([first, ...others]);
        }}
      </Loaded>
    </>
  );
}
