import { IconPlus, IconSend } from '@tabler/icons-react';
import { isAdmin } from '../../../client/role.ts';
import { useList } from '../../../client/use-operation.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { ShownFilter, useShowsDeleted } from '../../../parts/shown-filter.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { channelsStrings as strings } from '../../../strings/channels.ts';
import { AdminsOnly } from '../admins-only.tsx';
import { SettingsFrame } from '../frame.tsx';
import { ChannelForm, deletedColumns, presentColumns } from './columns.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';

/** More there cannot be. */
const MOST_CHANNELS = 50;

/** Of a signed webhook the signing value is shown, once. */
function Create() {
  return (
    <WindowButton label={strings.new} button={{ leftSection: <IconPlus size={16} aria-hidden /> }}>
      {(done) => <ChannelForm channel={null} onDone={done} />}
    </WindowButton>
  );
}

/** `/settings/channels`: where alerts are told, and whether they arrived. */
export function ChannelsPage() {
  const areDeleted = useShowsDeleted();
  const channels = useList(
    'list_channels',
    { limit: MOST_CHANNELS, ...(areDeleted && { deleted: true }) },
    { enabled: isAdmin, keepPrevious: false },
  );
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text} actions={isAdmin && <Create />} />
      {isAdmin ? (
        <>
          <ShownFilter {...strings.show} />
          <Panel flush>
            <ListTable
              list={channels}
              label={strings.title}
              columns={areDeleted ? deletedColumns : presentColumns}
              none={<EmptyState icon={<IconSend size={20} />} {...(areDeleted ? strings.noneDeleted : strings.none)} />}
            />
          </Panel>
          <DeliveriesPanel />
        </>
      ) : (
        <AdminsOnly what={strings.title} />
      )}
    </SettingsFrame>
  );
}
