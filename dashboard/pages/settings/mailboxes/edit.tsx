import { Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useAction } from '../../../client/use-action.ts';
import { useFilledVersion } from '../../../client/use-filled-version.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { problemsByField } from '../../../parts/form-problems.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { numberOrNone } from '../../../parts/number-or-none.ts';
import { toast } from '../../../parts/toast.tsx';
import { commonStrings } from '../../../strings/common.ts';
import { mailboxesStrings } from '../../../strings/mailboxes.ts';
import { ServerFields, SignInFields } from './connection-fields.tsx';
import { connectionOf, fieldsOf, type MailboxFields, type MailboxSettings } from './fields.ts';
import classes from './mailboxes.module.css';
import { UseFields } from './use-fields.tsx';

const { form: strings } = mailboxesStrings;

function EditForm({ mailbox, onDone }: { mailbox: MailboxSettings; onDone: () => void }) {
  const saving = useAction('update_mailbox');
  const [filled] = useState(() => fieldsOf(mailbox));
  const form = useForm<MailboxFields>({ initialValues: filled });
  const [version] = useFilledVersion(mailbox.version, saving.error);
  const problems = problemsByField(saving.error);
  const connection = connectionOf(form.values);
  // Servers and login are tried before they are saved: only where something of them changed.
  const isMoved = JSON.stringify(connection) !== JSON.stringify(connectionOf(filled));
  const save = form.onSubmit(({ name, rights, recipientsAllowed, recipientsBlocked, sendsPerHour }) =>
    saving.mutate(
      {
        mailbox: mailbox.id,
        name,
        permissions: rights,
        recipients_allowed: recipientsAllowed,
        recipients_blocked: recipientsBlocked,
        sends_per_hour: numberOrNone(sendsPerHour),
        ...(isMoved && connection),
        expected_version: version,
      },
      {
        onSuccess: () => {
          toast(strings.saved(mailbox.address));
          onDone();
        },
        // The password is not left in the memory of what was asked.
        onSettled: (made) => made !== undefined && saving.reset(),
      },
    ),
  );
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <UseFields form={form} problems={problems} />
        <details>
          <summary className={classes.summary}>{strings.connection}</summary>
          <Stack gap="md" mt="sm">
            <ServerFields form={form} />
            <SignInFields form={form} problems={problems} hasPassword />
          </Stack>
        </details>
        <FormEnd action={saving} label={isMoved ? strings.tryAndSave : commonStrings.save} what={strings.what} />
      </Stack>
    </form>
  );
}

/** Changes who may use a mailbox, to whom it may write, and how it is reached. */
export function EditMailbox({ id, onDone }: { id: string; onDone: () => void }) {
  const query = useOperation('get_mailbox', { mailbox: id });
  return <Loaded query={query}>{({ mailbox }) => <EditForm mailbox={mailbox} onDone={onDone} />}</Loaded>;
}
