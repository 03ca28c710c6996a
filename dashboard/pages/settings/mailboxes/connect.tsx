import { Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { Input } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { problemsByField } from '../../../parts/form-problems.ts';
import { toast } from '../../../parts/toast.tsx';
import { mailboxesStrings } from '../../../strings/mailboxes.ts';
import { ServerFields, SignInFields } from './connection-fields.tsx';
import { connectionOf, type MailboxFields, NEW_MAILBOX } from './fields.ts';

const { form: strings } = mailboxesStrings;
const OTHER = 'other';

/** Connects a mailbox; both servers are tried before it is saved. */
export function ConnectMailbox({ onDone }: { onDone: () => void }) {
  const providers = useOperation('list_mail_providers', {});
  const connecting = useAction('create_mailbox');
  const [address, setAddress] = useState('');
  const [provider, setProvider] = useState(OTHER);
  const form = useForm<MailboxFields>({ initialValues: NEW_MAILBOX });
  const problems = problemsByField(connecting.error);
  const all = providers.data?.items ?? [];
  const known = all.find(({ name }) => name === provider);
  const choose = (name: string | null): void => {
    setProvider(name ?? OTHER);
    const { oauth2 } = all.find((each) => each.name === name) ?? {};
    form.setValues({ tokenUrl: oauth2?.token_url ?? '', scope: oauth2?.scope ?? '' });
  };
  const connect = form.onSubmit((fields) => {
    const { imap, smtp, ...others } = connectionOf(fields);
    const servers = provider === OTHER ? { imap, smtp } : { provider };
    connecting.mutate({ address, ...others, ...servers } as Input<'create_mailbox'>, {
      onSuccess: ({ mailbox }) => {
        toast(strings.made(mailbox.address));
        onDone();
      },
      // The password is not left in the memory of what was asked.
      onSettled: (made) => made !== undefined && connecting.reset(),
    });
  });
  return (
    <form onSubmit={connect}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          type="email"
          required
          label={strings.address}
          autoComplete="off"
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
          error={problems.address}
        />
        <Select
          label={strings.provider}
          data={[
            ...all.map(({ name, title }) => ({ value: name, label: title })),
            { value: OTHER, label: strings.other },
          ]}
          {...(known !== undefined && { description: known.sign_in })}
          allowDeselect={false}
          value={provider}
          onChange={choose}
        />
        {provider === OTHER && <ServerFields form={form} />}
        <SignInFields form={form} problems={problems} hasPassword={false} />
        <FormEnd action={connecting} label={strings.submit} />
      </Stack>
    </form>
  );
}
