import { Button } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { mayWrite } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { welcomeStrings } from '../../strings/welcome.ts';

const { note: strings } = welcomeStrings;

/** The way to the first call, for an organization that has no agent yet; nothing else. */
export function FirstCallNote() {
  const agents = useOperation('list_agents', { limit: 1 });
  if (!mayWrite || agents.data?.items.length !== 0) return null;
  return (
    <Panel>
      <EmptyState
        icon={<IconRocket size={20} />}
        title={strings.title}
        text={strings.text}
        action={<Button renderRoot={(props) => <Link {...props} to={paths.welcome} />}>{strings.button}</Button>}
      />
    </Panel>
  );
}
