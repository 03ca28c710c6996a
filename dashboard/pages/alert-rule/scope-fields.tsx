import { Input, MultiSelect, SegmentedControl, TagsInput, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { ALERT_SEVERITIES } from '../../../core/domain/alert-notification.ts';
import { isAdmin } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { alertRulesStrings } from '../../strings/alert-rules.ts';
import { alertsStrings } from '../../strings/alerts.ts';
import type { RuleDraft } from './draft.ts';

const { editor: strings } = alertRulesStrings;
const SCOPES = Object.entries(strings.scopes).map(([value, label]) => ({ value, label }));
const SEVERITIES = ALERT_SEVERITIES.map((value) => ({ value, label: alertsStrings.severities[value] ?? value }));
const TYPING_MS = 250;

interface Fields {
  form: UseFormReturnType<RuleDraft>;
  problems: Record<string, string>;
}

function AgentsField({ form, problems }: Fields) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const found = useOperation(
    'list_agents',
    { limit: 50, sort: 'name', ...(q !== '' && { q }) },
    { keepPrevious: true },
  );
  const names = new Set([...form.values.agents, ...(found.data?.items ?? []).map(({ name }) => name)]);
  return (
    <MultiSelect
      label={strings.agents}
      data={[...names]}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      {...form.getInputProps('agents')}
      error={problems.scope}
    />
  );
}

/** The channels' names are offered to admins, who make them; others type them. */
function ChannelsField({ form, problems }: Fields) {
  const channels = useOperation('list_channels', { limit: 50 }, { enabled: isAdmin });
  return (
    <TagsInput
      label={strings.channels}
      description={strings.channelsHint}
      data={(channels.data?.items ?? []).map(({ name }) => name)}
      {...form.getInputProps('channels')}
      error={problems.channels}
    />
  );
}

/** What the rule watches, and whom it tells. */
export function ScopeFields({ form, problems }: Fields) {
  const { scope } = form.values;
  return (
    <>
      <Input.Wrapper label={strings.scope} labelElement="div">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={strings.scope}
          data={SCOPES}
          {...form.getInputProps('scope')}
        />
      </Input.Wrapper>
      {scope === 'agents' && <AgentsField form={form} problems={problems} />}
      {scope === 'label' && (
        <TextInput label={strings.labelField} maxLength={64} {...form.getInputProps('label')} error={problems.scope} />
      )}
      <Input.Wrapper label={strings.severity} labelElement="div">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={strings.severity}
          data={SEVERITIES}
          {...form.getInputProps('severity')}
        />
      </Input.Wrapper>
      <ChannelsField form={form} problems={problems} />
    </>
  );
}
