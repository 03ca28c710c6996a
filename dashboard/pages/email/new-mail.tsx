import { Button, Group, Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { Item } from '../../client/registry.ts';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { toast } from '../../parts/toast.tsx';
import { emailStrings } from '../../strings/email.ts';
import { tellOfSending } from './tell-of-sending.ts';

const { compose: strings } = emailStrings;

/** Writes a mail: as a draft, or to be sent. */
export function NewMail({ mailboxes, onClose }: { mailboxes: readonly Item<'list_mailboxes'>[]; onClose: () => void }) {
  const drafting = useAction('draft_email');
  const sending = useAction('send_email');
  const form = useForm({
    initialValues: { mailbox: mailboxes[0]?.id ?? '', to: [] as string[], cc: [] as string[], subject: '', text: '' },
  });
  const error = sending.error ?? drafting.error;
  const problems = problemsByField(error);
  const maySend = mailboxes.find(({ id }) => id === form.values.mailbox)?.you_may.includes('send') ?? false;
  const saveDraft = (): void =>
    drafting.mutate(form.values, {
      onSuccess: ({ draft }) => {
        toast(draft.in_mailbox ? strings.drafted : strings.drafting);
        onClose();
      },
    });
  const send = form.onSubmit((mail) =>
    sending.mutate(mail, {
      onSuccess: (answer) => {
        tellOfSending(answer);
        onClose();
      },
    }),
  );
  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Select
          label={emailStrings.mailbox}
          data={mailboxes.map(({ id, address }) => ({ value: id, label: address }))}
          allowDeselect={false}
          {...form.getInputProps('mailbox')}
        />
        <TagsInput
          data-autofocus
          label={strings.to}
          description={strings.addressesHint}
          {...form.getInputProps('to')}
          error={problems.to}
        />
        <TagsInput label={strings.cc} {...form.getInputProps('cc')} error={problems.cc} />
        <TextInput
          label={strings.subject}
          maxLength={500}
          {...form.getInputProps('subject')}
          error={problems.subject}
        />
        <Textarea label={strings.text} required minRows={6} autosize maxRows={18} {...form.getInputProps('text')} />
        {error !== null && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={saveDraft} loading={drafting.isPending} disabled={form.values.text === ''}>
            {strings.draft}
          </Button>
          {maySend && (
            <Button type="submit" loading={sending.isPending} disabled={form.values.to.length === 0}>
              {strings.send}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
