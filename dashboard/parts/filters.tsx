import { Autocomplete, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useOperation } from '../client/use-operation.ts';
import { filterStrings } from '../strings/filters.ts';

const TYPING_MS = 350;

interface Filter {
  label: string;
  value: string | undefined;
  /** An empty text takes the filter away. */
  onChange: (value: string) => void;
}

/** A filter that is typed; it counts when the typing pauses. */
export function TextFilter({ label, value = '', onChange, choices, placeholder }: TextChoices) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const tell = useDebouncedCallback(onChange, TYPING_MS);
  const onType = (text: string): void => {
    setTyped(text);
    tell(text.trim());
  };
  const shared = { label, value: typed, placeholder, autoComplete: 'off', spellCheck: false };
  if (choices === undefined)
    return <TextInput {...shared} onChange={({ currentTarget }) => onType(currentTarget.value)} />;
  return <Autocomplete {...shared} data={choices} limit={12} onChange={onType} />;
}

interface TextChoices extends Filter {
  placeholder?: string;
  /** Offered while typing; others may be typed too. */
  choices?: readonly string[];
}

/** One of a few. */
export function ChoiceFilter({
  label,
  value,
  onChange,
  choices,
  otherwise,
}: Filter & {
  choices: readonly { value: string; label: string }[] /** What it says when none is set. */;
  otherwise?: string;
}) {
  const isOther = value !== undefined && !choices.some((choice) => choice.value === value);
  return (
    <Select
      label={label}
      data={isOther ? [...choices, { value, label: value }] : choices}
      value={value ?? null}
      placeholder={otherwise}
      clearable={otherwise !== undefined}
      allowDeselect={false}
      onChange={(chosen) => onChange(chosen ?? '')}
    />
  );
}

/** An agent, found by its name. */
export function AgentFilter({
  label = filterStrings.agent,
  placeholder = filterStrings.anyAgent,
  value,
  onChange,
}: Omit<Filter, 'label'> & { label?: string; placeholder?: string }) {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed === value ? '' : typed.trim(), TYPING_MS);
  const agents = useOperation(
    'list_agents',
    { limit: 50, sort: 'name', ...(q !== '' && { q }) },
    { keepPrevious: true },
  );
  const names = new Set((agents.data?.items ?? []).map(({ name }) => name));
  if (value !== undefined) names.add(value);
  return (
    <Select
      label={label}
      data={[...names]}
      value={value ?? null}
      placeholder={placeholder}
      searchable
      clearable
      nothingFoundMessage={filterStrings.noAgent}
      onSearchChange={setTyped}
      onChange={(chosen) => onChange(chosen ?? '')}
    />
  );
}
