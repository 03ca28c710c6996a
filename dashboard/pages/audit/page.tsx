import { routes } from 'virtual:routes';
import { IconShieldCheck } from '@tabler/icons-react';
import { isAdmin } from '../../client/role.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ChoiceFilter, TextFilter } from '../../parts/filters.tsx';
import { LogPage } from '../../parts/log-page.tsx';
import { auditStrings as strings } from '../../strings/audit.ts';
import { columns, firstColumn } from './columns.tsx';
import { AuditEventDetail } from './detail.tsx';
import { ExportChain } from './export-chain.tsx';
import { AUDIT_FILTERS } from './filters.ts';
import { VerifyChain } from './verify-chain.tsx';

const ACTIONS = [...Object.keys(routes), 'relay_call'].sort();

/** `/audit`: what was done, by whom, and whether that can be relied on. */
export function AuditPage() {
  return (
    <LogPage
      log="list_audit_events"
      strings={strings}
      file="audit-events.jsonl"
      filterNames={AUDIT_FILTERS}
      filters={({ actor, action, changes }, change) => (
        <>
          <TextFilter
            label={strings.filters.actor}
            placeholder={strings.filters.actorHint}
            value={actor}
            onChange={(typed) => change({ actor: typed })}
          />
          <TextFilter
            label={strings.filters.action}
            placeholder={strings.filters.actionHint}
            choices={ACTIONS}
            value={action}
            onChange={(typed) => change({ action: typed })}
          />
          <ChoiceFilter
            label={strings.filters.show}
            choices={strings.filters.showChoices}
            otherwise={strings.filters.everything}
            value={changes}
            onChange={(chosen) => change({ changes: chosen })}
          />
        </>
      )}
      first={firstColumn}
      columns={columns}
      detail={(event) => <AuditEventDetail event={event} />}
      none={(isFiltered) => (
        <EmptyState icon={<IconShieldCheck size={20} />} {...(isFiltered ? strings.noneFound : strings.noneYet)} />
      )}
      actions={
        isAdmin && (
          <>
            <ExportChain />
            <VerifyChain />
          </>
        )
      }
    />
  );
}
