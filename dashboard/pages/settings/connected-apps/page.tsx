import { Alert, Button } from '@mantine/core';
import { IconApps, IconCheck } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import { serverPage } from '../../../client/links.ts';
import { isAdmin } from '../../../client/role.ts';
import { useList } from '../../../client/use-operation.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { ListTable } from '../../../parts/list-table.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { paths } from '../../../paths.ts';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';
import { SettingsFrame } from '../frame.tsx';
import { columns } from './columns.tsx';

function Revoked() {
  const { revoked } = useSearch({ strict: false });
  if (revoked === undefined) return null;
  return (
    <Alert color="brand" icon={<IconCheck size={18} aria-hidden />} title={strings.revoked.title} role="status" mb="md">
      {strings.revoked.text} <a href={serverPage(`/operations/${revoked}`)}>{strings.revoked.link}</a>
    </Alert>
  );
}

/** `/settings/connected-apps`: the apps that act for a person, for an admin everybody's, and the button that ends it. */
export function ConnectedAppsPage() {
  const apps = useList('list_connected_apps', { limit: 50 });
  const connect = (
    <Button variant="default" renderRoot={(props) => <Link {...props} to={paths.connect} />}>
      {strings.connectOne}
    </Button>
  );
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text(isAdmin)} actions={connect} />
      <Revoked />
      <Panel flush>
        <ListTable
          list={apps}
          label={strings.title}
          columns={columns}
          none={<EmptyState icon={<IconApps size={20} />} {...strings.empty} action={connect} />}
        />
      </Panel>
    </SettingsFrame>
  );
}
