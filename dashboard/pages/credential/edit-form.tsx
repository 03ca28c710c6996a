import { NumberInput, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { REMINDERS_DAYS_BEFORE } from '../../../core/domain/times.ts';
import type { Input } from '../../client/registry.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { commonStrings } from '../../strings/common.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';
import { useCredentialChange } from './use-credential-change.ts';

const { edit: strings } = credentialsStrings;

/** As a field of the viewer's own time holds it. */
function localTime(time: string): string {
  const date = new Date(time);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fieldsOf({ allowed_hosts, expires_at, provider, owner, labels, rotation_policy }: Credential) {
  const { every_days: everyDays, remind_days_before: reminders } = rotation_policy ?? {};
  return {
    allowedHosts: allowed_hosts,
    expiresAt: expires_at === null ? '' : localTime(expires_at),
    everyDays: typeof everyDays === 'number' ? everyDays : ('' as const),
    reminders: (Array.isArray(reminders) ? reminders : REMINDERS_DAYS_BEFORE).map(String),
    provider: provider ?? '',
    owner: owner ?? '',
    labels,
  };
}

type Fields = Omit<ReturnType<typeof fieldsOf>, 'everyDays'> & { everyDays: number | '' };

/** Only what differs from what the fields were filled in with. */
function changeOf(before: Fields, now: Fields): Omit<Input<'update_credential'>, 'credential'> {
  const differs = (...names: (keyof Fields)[]) =>
    names.some((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
  const { allowedHosts, expiresAt, everyDays, reminders, provider, owner, labels } = now;
  return {
    ...(differs('allowedHosts') && { allowed_hosts: allowedHosts }),
    ...(differs('expiresAt') && { expires_at: expiresAt === '' ? null : new Date(expiresAt).toISOString() }),
    ...(differs('everyDays', 'reminders') && {
      rotation_policy: {
        ...(everyDays !== '' && { every_days: everyDays }),
        remind_days_before: reminders.map(Number),
      },
    }),
    ...(differs('provider') && { provider }),
    ...(differs('owner') && { owner: owner.trim() }),
    ...(differs('labels') && { labels }),
  };
}

/** Where a credential may go, until when it is good, when it rotates, and who looks after it. */
export function EditForm({ credential, onDone }: { credential: Credential; onDone: () => void }) {
  const { action, save: saveChange } = useCredentialChange(credential, strings.saved, onDone);
  const [filled] = useState(() => fieldsOf(credential));
  const form = useForm<Fields>({ initialValues: filled });
  const problems = problemsByField(action.error);
  const save = form.onSubmit((fields) => {
    const change = changeOf(filled, fields);
    if (Object.keys(change).length === 0) return onDone();
    saveChange(change);
  });
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <TagsInput
          data-autofocus
          label={strings.hosts}
          description={strings.hostsHint}
          splitChars={[',', ' ']}
          {...form.getInputProps('allowedHosts')}
          error={problems.allowed_hosts}
        />
        <TextInput
          type="datetime-local"
          max="9999-12-31T23:59"
          label={strings.expires}
          description={strings.expiresHint}
          {...form.getInputProps('expiresAt')}
          error={problems.expires_at}
        />
        <NumberInput
          label={strings.every}
          placeholder={strings.never}
          min={1}
          allowDecimal={false}
          {...form.getInputProps('everyDays')}
          error={problems.every_days}
        />
        <TagsInput
          label={strings.reminders}
          description={strings.remindersHint}
          splitChars={[',', ' ']}
          {...form.getInputProps('reminders')}
          onChange={(typed) =>
            form.setFieldValue(
              'reminders',
              typed.filter((days) => /^\d+$/.test(days)),
            )
          }
          error={problems.remind_days_before}
        />
        <TextInput
          label={strings.provider}
          required={filled.provider !== ''}
          {...form.getInputProps('provider')}
          error={problems.provider}
        />
        <TextInput
          type="email"
          label={strings.owner}
          description={strings.ownerHint}
          required={filled.owner !== ''}
          autoComplete="off"
          {...form.getInputProps('owner')}
          error={problems.owner}
        />
        <TagsInput label={strings.labels} {...form.getInputProps('labels')} error={problems.labels} />
        <FormEnd action={action} label={commonStrings.save} what={strings.what} />
      </Stack>
    </form>
  );
}
