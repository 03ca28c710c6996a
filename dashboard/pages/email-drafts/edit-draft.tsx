import { Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useAction } from '../../client/use-action.ts';
import { useFilledVersion } from '../../client/use-filled-version.ts';
import { useOperation } from '../../client/use-operation.ts';
import { FormEnd } from '../../parts/form-end.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { toast } from '../../parts/toast.tsx';
import { emailDraftsStrings } from '../../strings/email-drafts.ts';
import type { Draft } from './drafts.tsx';
import classes from './edit-draft.module.css';

const { edit: strings } = emailDraftsStrings;
const FIELDS = ['to', 'cc', 'bcc'] as const;

function EditForm({ draft, onSaved }: { draft: Draft; onSaved: () => void }) {
  const saving = useAction('update_email_draft');
  const { to, cc, bcc, subject, text, quote } = draft;
  const [version] = useFilledVersion(draft.version, saving.error);
  const form = useForm({ initialValues: { to, cc, bcc, subject, text } });
  const problems = problemsByField(saving.error);
  const save = form.onSubmit((values) =>
    saving.mutate(
      { draft: draft.id, ...values, expected_version: version },
      {
        onSuccess: (answer) => {
          toast(answer.draft.in_mailbox ? strings.saved : strings.onItsWay);
          onSaved();
        },
      },
    ),
  );
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        {FIELDS.map((field) => (
          <TagsInput
            key={field}
            label={strings[field]}
            {...(field === 'to' && { description: strings.addressesHint })}
            splitChars={[',', ';']}
            {...form.getInputProps(field)}
            error={problems[field]}
          />
        ))}
        <TextInput label={strings.subject} {...form.getInputProps('subject')} error={problems.subject} />
        <Textarea
          autosize
          minRows={8}
          maxRows={20}
          label={strings.body}
          {...form.getInputProps('text')}
          error={problems.text}
        />
        {quote !== null && (
          <details>
            <summary>{strings.quote}</summary>
            <pre className={classes.quote}>{quote}</pre>
          </details>
        )}
        <FormEnd action={saving} label={strings.submit} what={strings.what} />
      </Stack>
    </form>
  );
}

/** The list shows how a text begins; this reads it whole. */
export function EditDraft({ id, onSaved }: { id: string; onSaved: () => void }) {
  const found = useOperation('list_email_drafts', { draft: id });
  return <Loaded query={found}>{({ items: [draft] }) => draft && <EditForm draft={draft} onSaved={onSaved} />}</Loaded>;
}
