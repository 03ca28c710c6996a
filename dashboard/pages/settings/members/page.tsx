import { organization } from '../../../client/boot.ts';
import { isAdmin } from '../../../client/role.ts';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { membersStrings as strings } from '../../../strings/members.ts';
import { AdminsOnly } from '../admins-only.tsx';
import { SettingsFrame } from '../frame.tsx';
import { InvitationsPanel } from './invitations-panel.tsx';
import { Invite } from './invite.tsx';
import { MembersTable } from './members-table.tsx';

/** `/settings/members`: who works here, who is invited, and what they may do. */
export function MembersPage() {
  return (
    <SettingsFrame>
      <PageHead title={strings.title} text={strings.text(organization.name)} actions={isAdmin && <Invite />} />
      {isAdmin ? (
        <>
          <Panel flush>
            <MembersTable />
          </Panel>
          <InvitationsPanel />
        </>
      ) : (
        <AdminsOnly what={strings.title} />
      )}
    </SettingsFrame>
  );
}
