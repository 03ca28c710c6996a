import { IconLock } from '@tabler/icons-react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { settingsStrings } from '../../strings/settings.ts';

/** In the place of what only admins see. */
export function AdminsOnly({ what }: { what: string }) {
  const { title, text } = settingsStrings.adminOnly;
  return (
    <Panel>
      <EmptyState icon={<IconLock size={20} />} title={title} text={text(what)} />
    </Panel>
  );
}
