import { IconMail, IconPlus } from '@tabler/icons-react';
import { lazy } from 'react';
import { isAdmin } from '../../../client/role.ts';
import { useList } from '../../../client/use-operation.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { ShownFilter, useShowsDeleted } from '../../../parts/shown-filter.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { mailboxesStrings as strings } from '../../../strings/mailboxes.ts';
import { AdminsOnly } from '../admins-only.tsx';
import { SettingsFrame } from '../frame.tsx';
import { deletedColumns, presentColumns } from './columns.tsx';

const ConnectMailbox = lazy(() => import('./connect.tsx').then((made) => ({ default: made.ConnectMailbox })));

function Connect() {
  return (
    <WindowButton label={strings.connect} size="lg" button={{ leftSection: <IconPlus size={16} aria-hidden /> }}>
      {(done) => <ConnectMailbox onDone={done} />}
    </WindowButton>
  );
}

/** `/settings/mailboxes`: how mailboxes are reached, and whether they are. */
export function MailboxesPage() {
  const areDeleted = useShowsDeleted();
  const mailboxes = useList('list_mailboxes', areDeleted ? { deleted: true } : {}, {
    enabled: isAdmin,
    keepPrevious: false,
  });
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text} actions={isAdmin && <Connect />} />
      {isAdmin ? (
        <>
          <ShownFilter {...strings.show} />
          <Panel flush>
            <ListTable
              list={mailboxes}
              label={strings.title}
              columns={areDeleted ? deletedColumns : presentColumns}
              none={<EmptyState icon={<IconMail size={20} />} {...(areDeleted ? strings.noneDeleted : strings.none)} />}
            />
          </Panel>
        </>
      ) : (
        <AdminsOnly what={strings.title} />
      )}
    </SettingsFrame>
  );
}
