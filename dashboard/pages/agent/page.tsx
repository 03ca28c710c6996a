import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense, useEffect, useRef } from 'react';
import type { Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { HealthScore } from '../../parts/health-score.tsx';
import { Loaded, Waiting } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { paths } from '../../paths.ts';
import { agentStrings } from '../../strings/agent.ts';
import { AgentActions } from './actions.tsx';
import { agentRoute, TABS, type Tab } from './route.ts';
import { Traffic } from './traffic.tsx';

export type Agent = Output<'get_agent'>['agent'];

/** What most visits do not open is loaded when it is opened. */
const PANELS: Record<Tab, ComponentType<{ agent: Agent }>> = {
  traffic: Traffic,
  logs: lazy(() => import('./live-log.tsx').then(({ LiveLog }) => ({ default: LiveLog }))),
  settings: lazy(() => import('./settings.tsx').then(({ Settings }) => ({ default: Settings }))),
  keys: lazy(() => import('./keys.tsx').then(({ Keys }) => ({ default: Keys }))),
  credentials: lazy(() => import('./credentials.tsx').then((panel) => ({ default: panel.LinkedCredentials }))),
  use: lazy(() => import('./snippets.tsx').then(({ Snippets }) => ({ default: Snippets }))),
};

function Detail({ agent }: { agent: Agent }) {
  const { tab = 'traffic' } = agentRoute.useSearch();
  const navigate = useNavigate();
  const Current = PANELS[tab];
  const tabs = useRef<HTMLDivElement>(null);
  // On a phone they are a strip that scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is another place in it
  useEffect(() => {
    tabs.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [tab]);
  return (
    <>
      <PageHead
        title={agent.name}
        text={<code>{agent.upstream_url}</code>}
        badge={
          <>
            <HealthScore score={agent.health.score} />
            {!agent.enabled && <StatusBadge tone="warning">{agentStrings.disabledBadge}</StatusBadge>}
          </>
        }
        actions={<AgentActions agent={agent} />}
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            to: paths.agent,
            params: { agent: agent.name },
            search: ({ organization }) => ({ ...(organization && { organization }), tab: value as Tab }),
            replace: true,
          })
        }
      >
        <Tabs.List ref={tabs} mb="md">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {agentStrings.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Suspense fallback={<Waiting />}>
            <Current agent={agent} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

/** `/agents/{agent}`: one agent, its traffic, its log as it comes, and everything that can be set. */
export function AgentPage() {
  const { agent: reference } = agentRoute.useParams();
  const query = useOperation('get_agent', { agent: reference });
  return (
    <>
      <BackLink to={paths.agents}>{agentStrings.back}</BackLink>
      <Loaded query={query}>{({ agent }) => <Detail key={agent.id} agent={agent} />}</Loaded>
    </>
  );
}
