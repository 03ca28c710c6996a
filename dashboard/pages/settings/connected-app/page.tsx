import { useParams } from '@tanstack/react-router';
import { clientHost } from '../../../client/access.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { BackLink } from '../../../parts/back-link.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { paths } from '../../../paths.ts';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';
import { RevokeApp } from '../connected-apps/revoke-app.tsx';
import { SettingsFrame } from '../frame.tsx';
import { AccessPanel } from './access-panel.tsx';
import { GrantsPanel } from './grants-panel.tsx';

/** `/settings/connected-apps/$app`: what an app may do, from where it was connected, and less of both. */
export function ConnectedAppPage() {
  const { app: id } = useParams({ from: paths.connectedApp });
  const query = useOperation('get_connected_app', { app: id });
  return (
    <SettingsFrame>
      <BackLink to={paths.connectedApps}>{strings.app.back}</BackLink>
      <Loaded query={query}>
        {({ app }) => (
          <>
            <PageHead
              title={app.name}
              text={strings.app.text(clientHost(app.client_id) ?? strings.selfRegistered, app.person.email)}
            />
            <AccessPanel key={app.id} app={app} />
            <GrantsPanel app={app} />
            <Panel title={strings.app.revoke} text={strings.app.revokeText}>
              <RevokeApp app={app} label={strings.app.revoke} />
            </Panel>
          </>
        )}
      </Loaded>
    </SettingsFrame>
  );
}
