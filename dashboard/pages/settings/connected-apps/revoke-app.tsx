import { useNavigate } from '@tanstack/react-router';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import { paths } from '../../../paths.ts';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';

/** Ends all access of an app, and then shows where the rest of it can be followed. */
export function RevokeApp({
  app: { id, name },
  label = strings.revoke,
}: {
  app: { id: string; name: string };
  label?: string;
}) {
  const navigate = useNavigate();
  return (
    <ConfirmAction
      operation="revoke_connected_app"
      input={{ app: id }}
      label={label}
      title={strings.revokeTitle(name)}
      button={{ size: 'xs' }}
      onDone={({ operation_id }) =>
        void navigate({
          to: paths.connectedApps,
          search: (before) => ({ ...before, ...(operation_id !== null && { revoked: operation_id }) }),
        })
      }
    >
      <p>{strings.revokeText}</p>
    </ConfirmAction>
  );
}
