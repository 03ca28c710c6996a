import { Button } from '@mantine/core';
import { IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { mayWrite } from '../../client/role.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import { agentColumns, deletedColumns } from './columns.tsx';
import { Filters } from './filters.tsx';
import { type AgentsSearch, agentsRoute } from './route.ts';
import { useHealthHistory } from './use-health-history.ts';
import { useRecentUse } from './use-recent-use.ts';

const PAGE = 200;

function inputOf({ q, sort = 'name', show = 'all' }: AgentsSearch) {
  return {
    limit: PAGE,
    sort,
    ...(q !== undefined && { q }),
    ...(show === 'unhealthy' && { health_below: 80 }),
    ...(show === 'unused' && { unused_for: '30d' }),
    ...(show === 'deleted' && { deleted: true }),
  };
}

function CreateButton() {
  return (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      renderRoot={(props) => <Link {...props} to={paths.newAgent} />}
    >
      {agentsStrings.create}
    </Button>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { nothing, empty } = agentsStrings;
  if (!isFiltered) {
    return (
      <EmptyState {...empty} icon={<IconPlugConnected size={20} />} {...(mayWrite && { action: <CreateButton /> })} />
    );
  }
  const clear = (
    <Button variant="default" renderRoot={(props) => <Link {...props} to={paths.agents} search={{}} />}>
      {nothing.clear}
    </Button>
  );
  return <EmptyState title={nothing.title} text={nothing.text} action={clear} />;
}

/** `/agents`: every agent of the organization. */
export function AgentsPage() {
  const search = agentsRoute.useSearch();
  const list = useList('list_agents', inputOf(search));
  const use = useRecentUse();
  const isDeleted = search.show === 'deleted';
  const histories = useHealthHistory(isDeleted ? [] : (list.data?.pages ?? []));
  const columns = useMemo(
    () => (isDeleted ? deletedColumns : agentColumns(use, histories)),
    [isDeleted, use, histories],
  );
  return (
    <>
      <PageHead
        title={agentsStrings.title}
        text={agentsStrings.text}
        {...(mayWrite && { actions: <CreateButton /> })}
      />
      <Filters search={search} />
      <Panel flush>
        <ListTable
          list={list}
          label={agentsStrings.title}
          columns={columns}
          none={<Nothing isFiltered={search.q !== undefined || search.show !== undefined} />}
        />
      </Panel>
    </>
  );
}
