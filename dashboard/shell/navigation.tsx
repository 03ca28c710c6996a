import { Kbd, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { shellStrings } from '../strings/shell.ts';
import { openPalette } from './command-palette-state.ts';
import classes from './navigation.module.css';
import { OrganizationMenu } from './organization-menu.tsx';
import { PersonMenu } from './person-menu.tsx';
import { SectionLink } from './section-link.tsx';
import { sections } from './sections.ts';

const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

/** The column beside every page: organization, search, sections, person. */
export function Navigation({ onFollow }: { onFollow?: () => void }) {
  return (
    <div className={classes.navigation}>
      <OrganizationMenu />
      <UnstyledButton
        className={classes.search}
        onClick={() => {
          onFollow?.();
          openPalette();
        }}
      >
        <IconSearch size={15} stroke={1.8} aria-hidden />
        <span>{shellStrings.search}</span>
        <Kbd size="xs">{MODIFIER} K</Kbd>
      </UnstyledButton>
      <nav aria-label={shellStrings.navigation} className={classes.sections}>
        {sections.map((group) => (
          <ul key={group[0]?.to}>
            {group.map((section) => (
              <li key={section.to}>
                <SectionLink section={section} onFollow={onFollow} />
              </li>
            ))}
          </ul>
        ))}
      </nav>
      <PersonMenu />
    </div>
  );
}
