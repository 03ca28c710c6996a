import { Checkbox, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { CHANNEL_KINDS, type ChannelKind } from '../../../../core/domain/channel.ts';
import type { Item, Output } from '../../../client/registry.ts';
import { useAction } from '../../../client/use-action.ts';
import { useFilledVersion } from '../../../client/use-filled-version.ts';
import { FormEnd } from '../../../parts/form-end.tsx';
import { problemsByField } from '../../../parts/form-problems.ts';
import type { Once } from '../../../parts/shown-once.tsx';
import { toast } from '../../../parts/toast.tsx';
import { channelsStrings } from '../../../strings/channels.ts';
import { commonStrings } from '../../../strings/common.ts';

const { form: strings, kinds } = channelsStrings;
const KINDS = CHANNEL_KINDS.map((value) => ({ value, label: kinds[value] }));

/** What webhooks are signed with, shown once; nothing where none was made. */
function signingValue({ signing_value: value, already_shown }: Output<'update_channel'>): Once | undefined {
  if (value === null && already_shown !== true) return undefined;
  const text = value === null ? strings.alreadyShown : strings.signingText;
  return { title: strings.signing, text, label: strings.signing, value, done: strings.done };
}

/** Makes a channel, or changes where one leads; its kind stays. */
export function ChannelForm({
  channel,
  onDone,
}: {
  channel: Item<'list_channels'> | null;
  onDone: (once?: Once) => void;
}) {
  const creating = useAction('create_channel');
  const changing = useAction('update_channel');
  const form = useForm({
    initialValues: {
      name: channel?.name ?? '',
      kind: (channel?.kind ?? 'email') as ChannelKind,
      addresses: channel?.addresses ?? [],
      url: channel?.url ?? '',
      signsAnew: false,
    },
  });
  const [version] = useFilledVersion(channel?.version, changing.error);
  const { kind } = form.values;
  const action = channel === null ? creating : changing;
  const problems = problemsByField(action.error);
  const save = form.onSubmit(({ name, addresses, url, signsAnew }) => {
    const target = kind === 'email' ? { addresses } : url.trim() !== '' && { url: url.trim() };
    const told = {
      onSuccess: (answer: Output<'update_channel'>) => {
        for (const warning of answer.warnings) toast(warning);
        if (answer.signing_value === null) toast(channel === null ? strings.made : strings.saved);
        onDone(signingValue(answer));
      },
      // Neither the signing value nor a secret address is left in the memory of what was asked.
      onSettled: (answer?: Output<'update_channel'>) => answer !== undefined && action.reset(),
    };
    if (channel === null) return creating.mutate({ name, kind, ...target }, told);
    return changing.mutate(
      {
        channel: channel.id,
        name,
        ...target,
        ...(signsAnew && { new_signing_value: true }),
        ...(version !== undefined && { expected_version: version }),
      },
      told,
    );
  });
  return (
    <form onSubmit={save}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          required
          label={strings.name}
          description={strings.nameHint}
          {...form.getInputProps('name')}
          error={problems.name}
        />
        {channel === null && (
          <Select label={strings.kind} data={KINDS} allowDeselect={false} {...form.getInputProps('kind')} />
        )}
        {kind === 'email' ? (
          <TagsInput
            label={strings.addresses}
            description={strings.addressesHint}
            {...form.getInputProps('addresses')}
            error={problems.addresses}
          />
        ) : (
          <TextInput
            required={channel === null}
            type="url"
            label={strings.url}
            {...(kind === 'slack' && { description: channel === null ? strings.slackHint : strings.slackStays })}
            placeholder="https://"
            {...form.getInputProps('url')}
            error={problems.url}
          />
        )}
        {channel !== null && kind === 'webhook' && (
          <Checkbox
            size="sm"
            label={strings.signsAnew}
            description={strings.signsAnewHint}
            {...form.getInputProps('signsAnew', { type: 'checkbox' })}
          />
        )}
        <FormEnd action={action} label={channel === null ? strings.submit : commonStrings.save} what={strings.what} />
      </Stack>
    </form>
  );
}
