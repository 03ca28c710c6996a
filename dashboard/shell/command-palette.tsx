import { Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { serverPage } from '../client/links.ts';
import { useStore } from '../client/store.ts';
import { useOperation } from '../client/use-operation.ts';
import { paths } from '../paths.ts';
import { shellStrings } from '../strings/shell.ts';
import classes from './command-palette.module.css';
import { closeOverlay, overlay } from './command-palette-state.ts';
import { sections } from './sections.ts';

const { palette } = shellStrings;

interface Choice {
  id: string;
  group: string;
  label: string;
  follow(): void;
}

/** What the typed words lead to: pages, and agents of that name. */
function useChoices(typed: string): Choice[] {
  const navigate = useNavigate();
  const [q] = useDebouncedValue(typed.trim(), 150);
  const agents = useOperation('list_agents', { q, limit: 8 }, { enabled: q !== '', keepPrevious: true });
  const matching = sections.flat().filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase()));
  return [
    ...matching.map(({ label, to, isServerPage }) => ({
      id: to,
      group: palette.pages,
      label,
      follow: () => (isServerPage ? window.location.assign(serverPage(to)) : void navigate({ to })),
    })),
    ...(q === '' ? [] : (agents.data?.items ?? [])).map(({ id, name }) => ({
      id,
      group: palette.agents,
      label: name,
      follow: () => void navigate({ to: paths.agent, params: { agent: name } }),
    })),
  ];
}

function Search() {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const choices = useChoices(typed);
  const current = Math.min(chosen, Math.max(choices.length - 1, 0));
  const follow = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    closeOverlay();
    choice.follow();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') follow(choices[current]);
    if (step === undefined || choices.length === 0) return;
    event.preventDefault();
    setChosen((current + step + choices.length) % choices.length);
  };
  return (
    <>
      <TextInput
        autoFocus
        data-autofocus
        variant="unstyled"
        size="md"
        className={classes.input}
        leftSection={<IconSearch size={17} aria-hidden />}
        aria-label={palette.title}
        placeholder={shellStrings.search}
        role="combobox"
        aria-expanded
        aria-controls="palette-choices"
        aria-activedescendant={choices[current] && `palette-${choices[current].id}`}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className={classes.choices} id="palette-choices" role="listbox" aria-label={palette.title}>
        {choices.length === 0 && <p className={classes.nothing}>{palette.nothing}</p>}
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field that keeps the focus
          <div
            key={choice.id}
            id={`palette-${choice.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={classes.choice}
            onMouseMove={() => setChosen(index)}
            onClick={() => follow(choice)}
          >
            <span>{choice.label}</span>
            <small>{choice.group}</small>
          </div>
        ))}
      </div>
    </>
  );
}

/** Made when it is opened, so that its field has the focus before the next key comes: opening by itself, it would take frames. */
function Palette() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before],
  );
  return (
    <Modal.Root opened onClose={closeOverlay} size="lg" yOffset="14vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={palette.title}>
        <Modal.Body p={0}>
          <Search />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Ctrl+K: goes to a page or an agent by its name. */
export function CommandPalette() {
  return useStore(overlay) === 'palette' && <Palette />;
}
