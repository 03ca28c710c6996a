import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { lazy } from 'react';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import { restore } from '../../parts/restore.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { WindowButton } from '../../parts/window-button.tsx';
import { paths } from '../../paths.ts';
import { commonStrings } from '../../strings/common.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';

const { detail: strings } = credentialsStrings;
const EditForm = lazy(() => import('./edit-form.tsx').then((made) => ({ default: made.EditForm })));

/** Entering the value, rotating, changing and deleting; an operator sees none of it. */
export function CredentialActions({ credential }: { credential: Credential }) {
  const { id, name, status, rotation } = credential;
  const navigate = useNavigate();
  const link = useAction('create_entry_link');
  if (!mayWrite || status === 'deleted') return null;
  const deleted = {
    operation: 'restore_credential',
    input: { credential: id },
    restored: credentialsStrings.restored(name),
  } as const;
  return (
    <>
      {status === 'awaiting_value' && (
        <Button
          loading={link.isPending}
          onClick={() =>
            link.mutate(
              { credential: id },
              {
                onSuccess: ({ entry_url }) => entry_url !== null && window.location.assign(entry_url),
                onError: toastFailure,
              },
            )
          }
        >
          {strings.enter}
        </Button>
      )}
      {status === 'active' && rotation === null && (
        <ConfirmAction
          operation="rotate_credential"
          input={{ credential: id }}
          label={strings.rotate}
          title={strings.rotateTitle(name)}
          button={{ variant: 'filled' }}
          onDone={({ operation_id }) => {
            if (operation_id !== null) void navigate({ to: paths.operation, params: { operation: operation_id } });
          }}
        >
          <p className="muted">{strings.rotateText}</p>
        </ConfirmAction>
      )}
      <WindowButton
        label={commonStrings.edit}
        title={credentialsStrings.edit.title(name)}
        button={{ variant: 'default' }}
      >
        {(done) => <EditForm credential={credential} onDone={done} />}
      </WindowButton>
      <ConfirmAction
        operation="delete_credential"
        input={{ credential: id }}
        label={strings.remove}
        title={strings.removeTitle(name)}
        onDone={() => {
          void navigate({ to: paths.credentials });
          toast(strings.removed(name), () => void restore(deleted));
        }}
      />
    </>
  );
}
