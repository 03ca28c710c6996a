import { MultiSelect, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { useOperation } from '../../../client/use-operation.ts';
import { mailboxesStrings } from '../../../strings/mailboxes.ts';
import type { MailboxForm, MailboxRight } from './fields.ts';
import classes from './mailboxes.module.css';

const { form: strings } = mailboxesStrings;
const RIGHTS = Object.entries(strings.rights) as [MailboxRight, string][];

/** Who has a right: every member whose role allows it, or some of them. */
function RightField({ form, right, label }: { form: MailboxForm; right: MailboxRight; label: string }) {
  const members = useOperation('list_members', { limit: 200 });
  const people = form.values.rights[right];
  return (
    <div className={classes.right}>
      <Select
        label={label}
        data={strings.who}
        allowDeselect={false}
        value={people === null ? 'all' : 'some'}
        onChange={(chosen) => form.setFieldValue(`rights.${right}`, chosen === 'all' ? null : [])}
      />
      {people !== null && (
        <MultiSelect
          label={strings.people(label)}
          data={[...new Set([...people, ...(members.data?.items ?? []).map(({ email }) => email)])]}
          placeholder={people.length === 0 ? strings.nobody : ''}
          searchable
          {...form.getInputProps(`rights.${right}`)}
        />
      )}
    </div>
  );
}

/** Who may use a mailbox, to whom it may write, and how much. */
export function UseFields({ form, problems }: { form: MailboxForm; problems: Record<string, string> }) {
  return (
    <>
      <TextInput
        data-autofocus
        required
        label={strings.name}
        description={strings.nameHint}
        {...form.getInputProps('name')}
        error={problems.name}
      />
      {RIGHTS.map(([right, label]) => (
        <RightField key={right} form={form} right={right} label={label} />
      ))}
      <TagsInput
        label={strings.allowed}
        description={strings.allowedHint}
        {...form.getInputProps('recipientsAllowed')}
        error={problems.recipients_allowed}
      />
      <TagsInput
        label={strings.blocked}
        description={strings.blockedHint}
        {...form.getInputProps('recipientsBlocked')}
        error={problems.recipients_blocked}
      />
      <NumberInput
        label={strings.sendsPerHour}
        placeholder={strings.noLimit}
        min={1}
        allowDecimal={false}
        {...form.getInputProps('sendsPerHour')}
        error={problems.sends_per_hour}
      />
    </>
  );
}
