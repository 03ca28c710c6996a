import { Button } from '@mantine/core';
import { IconBellPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { mayWrite } from '../../client/role.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ShownFilter, useShowsDeleted } from '../../parts/shown-filter.tsx';
import { paths } from '../../paths.ts';
import { alertRulesStrings as strings } from '../../strings/alert-rules.ts';
import { alertsStrings } from '../../strings/alerts.ts';
import { ALERT_TABS } from '../alerts/tabs.ts';
import { deletedColumns, presentColumns } from './columns.tsx';

/** `/alerts/rules`: what is watched, and rules to restore. */
export function AlertRulesPage() {
  const areDeleted = useShowsDeleted();
  const rules = useList('list_alert_rules', { limit: 100, ...(areDeleted && { deleted: true }) });
  const create = mayWrite && (
    <Button
      leftSection={<IconBellPlus size={16} aria-hidden />}
      renderRoot={(props) => <Link {...props} to={paths.alertRule} params={{ rule: 'new' }} />}
    >
      {strings.new}
    </Button>
  );
  return (
    <>
      <PageHead title={strings.title} text={strings.text} actions={create} />
      <PageTabs label={alertsStrings.tabs.label} tabs={ALERT_TABS} />
      {mayWrite && <ShownFilter {...strings.show} />}
      <Panel flush>
        <ListTable
          list={rules}
          label={strings.title}
          columns={areDeleted ? deletedColumns : presentColumns}
          none={
            areDeleted ? (
              <EmptyState icon={<IconBellPlus size={20} />} {...strings.noneDeleted} />
            ) : (
              <EmptyState icon={<IconBellPlus size={20} />} {...strings.none} action={create} />
            )
          }
        />
      </Panel>
    </>
  );
}
