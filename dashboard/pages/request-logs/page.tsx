import { Button } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../parts/empty-state.tsx';
import { AgentFilter } from '../../parts/filters.tsx';
import { LogPage } from '../../parts/log-page.tsx';
import { paths } from '../../paths.ts';
import { requestLogsStrings as strings } from '../../strings/request-logs.ts';
import { columns, firstColumn } from './columns.tsx';
import { RequestLogDetail } from './detail.tsx';
import { REQUEST_LOG_FILTERS } from './filters.ts';

function NoCalls({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <EmptyState icon={<IconListDetails size={20} />} {...strings.noneFound} />;
  const { title, text, action } = strings.noneYet;
  const button = (
    <Button variant="default" renderRoot={(props) => <Link {...props} to={paths.agents} />}>
      {action}
    </Button>
  );
  return <EmptyState icon={<IconListDetails size={20} />} title={title} text={text} action={button} />;
}

/** `/request-logs`: the calls that the relay carried. */
export function RequestLogsPage() {
  return (
    <LogPage
      log="list_request_logs"
      strings={strings}
      file="request-logs.jsonl"
      filterNames={REQUEST_LOG_FILTERS}
      filters={({ agent }, change) => <AgentFilter value={agent} onChange={(chosen) => change({ agent: chosen })} />}
      first={firstColumn}
      columns={columns}
      detail={(call) => <RequestLogDetail call={call} />}
      none={(isFiltered) => <NoCalls isFiltered={isFiltered} />}
    />
  );
}
