import { Button } from '@mantine/core';
import { IconBellCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useFilters } from '../../client/filters.ts';
import type { Input } from '../../client/registry.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ExpandableTable } from '../../parts/expandable-table.tsx';
import { FilterRow } from '../../parts/filter-row.tsx';
import { AgentFilter, ChoiceFilter } from '../../parts/filters.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Panel } from '../../parts/panel.tsx';
import { paths } from '../../paths.ts';
import { alertsStrings as strings } from '../../strings/alerts.ts';
import { columns, firstColumn } from './columns.tsx';
import { AlertDetail } from './detail.tsx';
import { ALERT_FILTERS } from './filters.ts';
import { ALERT_TABS } from './tabs.ts';

function NoAlerts({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <EmptyState {...strings.noneFound} />;
  const { title, text, action } = strings.none;
  const button = (
    <Button variant="default" renderRoot={(props) => <Link {...props} to={paths.alertRules} />}>
      {action}
    </Button>
  );
  return <EmptyState icon={<IconBellCheck size={20} />} title={title} text={text} action={button} />;
}

/** `/alerts`: incidents, each with its timeline. */
export function AlertsPage() {
  const [filters, change] = useFilters(ALERT_FILTERS);
  const isFiltered = Object.keys(filters).length > 0;
  const alerts = useList('list_alerts', { ...filters, limit: 50 } as Input<'list_alerts'>);
  const rows = (alerts.data?.pages ?? []).flatMap(({ items }) => items);
  return (
    <>
      <PageHead title={strings.title} text={strings.text} />
      <PageTabs label={strings.tabs.label} tabs={ALERT_TABS} />
      <FilterRow onClear={isFiltered ? () => change({ state: '', agent: '', alert: '' }) : null}>
        <ChoiceFilter
          label={strings.filters.state}
          choices={strings.filters.states}
          otherwise={strings.filters.open}
          value={filters.state}
          onChange={(state) => change({ state })}
        />
        <AgentFilter value={filters.agent} onChange={(agent) => change({ agent })} />
      </FilterRow>
      <Panel flush>
        <Loaded query={alerts}>
          {() =>
            rows.length === 0 ? (
              <NoAlerts isFiltered={isFiltered} />
            ) : (
              <ExpandableTable
                label={strings.title}
                first={firstColumn}
                columns={columns}
                rows={rows}
                idOf={({ id }) => id}
                detail={(alert) => <AlertDetail alert={alert} />}
                onNearEnd={() => alerts.hasNextPage && !alerts.isFetchingNextPage && void alerts.fetchNextPage()}
              />
            )
          }
        </Loaded>
      </Panel>
    </>
  );
}
