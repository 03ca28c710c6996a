import { CloseButton, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import classes from './filters.module.css';
import { type AgentsSearch, SHOWN, SORTS } from './route.ts';

const { sort: sortStrings, show: showStrings } = agentsStrings;

/** How long after a key the list follows what is typed. */
const TYPING_MS = 200;

/** Search, filter and sorting; the address keeps them. */
export function Filters({ search }: { search: AgentsSearch }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState(search.q ?? '');
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  const go = (change: AgentsSearch): void => {
    void navigate({
      to: paths.agents,
      search: ({ organization }) => ({ ...(organization && { organization }), ...search, ...change }),
      replace: true,
    });
  };
  const type = (q: string): void => {
    setTyped(q);
    clearTimeout(timer);
    setTimer(setTimeout(() => go({ q }), TYPING_MS));
  };
  return (
    <search className={classes.filters}>
      <TextInput
        className={classes.search}
        aria-label={agentsStrings.search}
        placeholder={agentsStrings.search}
        leftSection={<IconSearch size={15} aria-hidden />}
        rightSection={
          typed !== '' && <CloseButton size="sm" aria-label={agentsStrings.clearSearch} onClick={() => type('')} />
        }
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <Select
        aria-label={showStrings.label}
        data={SHOWN.map((value) => ({ value, label: showStrings[value] }))}
        value={search.show ?? 'all'}
        allowDeselect={false}
        onChange={(show) => go({ show: show as AgentsSearch['show'] & string })}
      />
      <Select
        aria-label={sortStrings.label}
        data={SORTS.map((value) => ({ value, label: sortStrings[value] }))}
        value={search.sort ?? 'name'}
        allowDeselect={false}
        onChange={(sort) => go({ sort: sort as AgentsSearch['sort'] & string })}
      />
    </search>
  );
}
