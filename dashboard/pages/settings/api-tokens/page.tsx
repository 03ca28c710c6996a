import { IconApi, IconPlus } from '@tabler/icons-react';
import { lazy } from 'react';
import { useList } from '../../../client/use-operation.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { WindowButton } from '../../../parts/window-button.tsx';
import { apiTokensStrings as strings } from '../../../strings/api-tokens.ts';
import { SettingsFrame } from '../frame.tsx';
import { columns } from './columns.tsx';

const CreateApiToken = lazy(() => import('./create.tsx').then((made) => ({ default: made.CreateApiToken })));

function Create() {
  return (
    <WindowButton label={strings.create.button} size="lg" button={{ leftSection: <IconPlus size={16} aria-hidden /> }}>
      {(done) => <CreateApiToken onMade={done} />}
    </WindowButton>
  );
}

/** `/settings/api-tokens`: one's own, for an admin everybody's. */
export function ApiTokensPage() {
  const apiTokens = useList('list_api_tokens', { limit: 50 });
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text} actions={<Create />} />
      <Panel flush>
        <ListTable
          list={apiTokens}
          label={strings.title}
          columns={columns}
          none={<EmptyState icon={<IconApi size={20} />} {...strings.empty} />}
        />
      </Panel>
    </SettingsFrame>
  );
}
