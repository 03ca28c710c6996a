import { Button, Group, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useAction } from '../../client/use-action.ts';
import { Failure } from '../../parts/failure.tsx';
import { problemsByField } from '../../parts/form-problems.ts';
import { credentialsStrings } from '../../strings/credentials.ts';

const { form: strings } = credentialsStrings;

interface Fields {
  name: string;
  provider: string;
  allowed_hosts: string[];
}

/** Makes the place in the vault; the value is entered on the one-time page that it leads to, never here. */
export function NewCredentialForm() {
  const create = useAction('create_credential');
  const form = useForm<Fields>({ initialValues: { name: '', provider: '', allowed_hosts: [] } });
  const problems = problemsByField(create.error);
  const field = (name: keyof Fields) => ({ ...form.getInputProps(name), error: problems[name], mb: 'md' });
  const submit = ({ provider, ...fields }: Fields): void =>
    create.mutate(
      { ...fields, ...(provider !== '' && { provider }) },
      { onSuccess: ({ entry_url }) => entry_url !== null && window.location.assign(entry_url) },
    );
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <TextInput label={strings.name} description={strings.nameHint} required data-autofocus {...field('name')} />
      <TextInput label={strings.provider} {...field('provider')} />
      <TagsInput label={strings.hosts} description={strings.hostsHint} {...field('allowed_hosts')} />
      {create.error !== null && Object.keys(problems).length === 0 && <Failure error={create.error} />}
      <Group justify="flex-end" mt="lg">
        <Button type="submit" loading={create.isPending}>
          {strings.submit}
        </Button>
      </Group>
    </form>
  );
}
