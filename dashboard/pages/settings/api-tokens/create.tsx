import { Button, Checkbox, Group, Input, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type ApiTokenScope, scopesOfRole } from '../../../../core/domain/scopes.ts';
import { levelsOf, scopesOfLevels } from '../../../client/access.ts';
import { organization } from '../../../client/boot.ts';
import { mayWrite } from '../../../client/role.ts';
import { useAction } from '../../../client/use-action.ts';
import { AreaLevels } from '../../../parts/area-levels.tsx';
import { Failure } from '../../../parts/failure.tsx';
import type { Once } from '../../../parts/shown-once.tsx';
import { apiTokensStrings } from '../../../strings/api-tokens.ts';

const { create: strings, made: madeStrings } = apiTokensStrings;
const DAY_MS = 86_400_000;
const MOST = levelsOf(scopesOfRole(organization.role));

/** The form's choice as `expires_at`. @param from the same for every press of the button: two make one API token */
function endAfter(days: string, from: number): string | null {
  return days === 'never' ? null : new Date(from + Number(days) * DAY_MS).toISOString();
}

/** Makes an API token, and shows its value once. */
export function CreateApiToken({ onMade }: { onMade: (made: Once) => void }) {
  const [name, setName] = useState('');
  const [levels, setLevels] = useState(levelsOf([]));
  const [approves, setApproves] = useState(false);
  const [days, setDays] = useState('90');
  const [openedAt] = useState(Date.now);
  const creating = useAction('create_api_token');
  const scopes = [...scopesOfLevels(levels), ...(approves ? ['approvals:write'] : [])] as ApiTokenScope[];
  const create = (event: FormEvent): void => {
    event.preventDefault();
    const input = { name, scopes, expires_at: endAfter(days, openedAt) };
    // The value is not left in the memory of what was asked.
    creating.mutate(input, {
      onSuccess: ({ value }) =>
        onMade({
          title: madeStrings.title(name),
          text: value === null ? madeStrings.alreadyShown : madeStrings.text,
          label: madeStrings.label,
          value,
          done: madeStrings.done,
        }),
      onSettled: (made) => made !== undefined && creating.reset(),
    });
  };
  return (
    <form onSubmit={create}>
      <Stack gap="md">
        <TextInput
          data-autofocus
          required
          maxLength={100}
          label={strings.name}
          description={strings.nameHint}
          autoComplete="off"
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Input.Wrapper label={strings.scopes} labelElement="div">
          <AreaLevels label={strings.scopes} most={MOST} value={levels} onChange={setLevels} />
          {mayWrite && (
            <Checkbox
              mt="xs"
              size="sm"
              label={strings.approvals}
              checked={approves}
              onChange={({ currentTarget }) => setApproves(currentTarget.checked)}
            />
          )}
        </Input.Wrapper>
        <Select
          label={strings.ends}
          data={strings.durations}
          value={days}
          allowDeselect={false}
          onChange={(chosen) => setDays(chosen ?? '90')}
        />
        {creating.error !== null && <Failure error={creating.error} />}
        <Group justify="flex-end">
          <Button type="submit" disabled={scopes.length === 0 || name.trim() === ''} loading={creating.isPending}>
            {strings.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
