import { IconKey } from '@tabler/icons-react';
import { mayWrite } from '../../client/role.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ShownFilter, useShowsDeleted } from '../../parts/shown-filter.tsx';
import { credentialsStrings } from '../../strings/credentials.ts';
import { credentialColumns, deletedColumns } from './columns.tsx';
import { NewCredential } from './new-credential.tsx';

/** `/credentials`: the vault, without a single value. */
export function CredentialsPage() {
  const areDeleted = useShowsDeleted();
  const list = useList('list_credentials', { limit: 100, ...(areDeleted && { deleted: true }) });
  return (
    <>
      <PageHead
        title={credentialsStrings.title}
        text={credentialsStrings.text}
        {...(mayWrite && { actions: <NewCredential /> })}
      />
      <ShownFilter {...credentialsStrings.show} />
      <Panel flush>
        <ListTable
          list={list}
          label={credentialsStrings.title}
          columns={areDeleted ? deletedColumns : credentialColumns}
          none={
            areDeleted ? (
              <EmptyState icon={<IconKey size={20} />} {...credentialsStrings.noneDeleted} />
            ) : (
              <EmptyState
                icon={<IconKey size={20} />}
                {...credentialsStrings.empty}
                {...(mayWrite && { action: <NewCredential /> })}
              />
            )
          }
        />
      </Panel>
    </>
  );
}
