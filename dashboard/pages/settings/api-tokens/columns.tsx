import { accessText } from '../../../client/access.ts';
import type { Item } from '../../../client/registry.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import type { Column } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { toast } from '../../../parts/toast.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { apiTokensStrings as strings } from '../../../strings/api-tokens.ts';
import classes from '../connected-apps/app-cells.module.css';

const { columns: names } = strings;

export const columns: readonly Column<Item<'list_api_tokens'>>[] = [
  {
    name: names.name,
    width: 'minmax(150px, 1.3fr)',
    cell: ({ name, fingerprint, maker }) => (
      <TwoLines
        first={name}
        second={
          <>
            <code>{fingerprint}</code> · {maker}
          </>
        }
      />
    ),
  },
  {
    name: names.scopes,
    width: 'minmax(150px, 1.5fr)',
    cell: ({ scopes }) => (
      <span className={classes.access}>
        {accessText(scopes)}
        {scopes.includes('approvals:write') && `; ${strings.approves}`}
      </span>
    ),
  },
  { name: names.lastUsed, width: '110px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  {
    name: names.ends,
    width: '110px',
    cell: ({ expires_at }) => <Moment time={expires_at} otherwise={strings.whenRevoked} />,
  },
  {
    ...actionColumn(names.action, '84px'),
    cell: ({ id, name }) => (
      <ConfirmAction
        operation="revoke_api_token"
        input={{ api_token: id }}
        label={strings.revoke}
        title={strings.revokeTitle(name)}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.revoked)}
      >
        <p>{strings.revokeText}</p>
      </ConfirmAction>
    ),
  },
];
