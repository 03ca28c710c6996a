import { Burger, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { organization } from '../client/boot.ts';
import { shellStrings } from '../strings/shell.ts';
import { CommandPalette } from './command-palette.tsx';
import { ConnectionNote } from './connection-note.tsx';
import { Logo } from './logo.tsx';
import { Navigation } from './navigation.tsx';
import classes from './shell.module.css';
import { ShortcutHelp } from './shortcut-help.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** The frame around every page. */
export function Shell() {
  const [drawerOpened, drawer] = useDisclosure();
  const isMoving = useRouterState({ select: ({ status }) => status === 'pending' });
  useShortcuts();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {shellStrings.skip}
      </a>
      <header className={classes.bar}>
        <Burger size="sm" opened={drawerOpened} onClick={drawer.toggle} aria-label={shellStrings.openNavigation} />
        <Logo size={24} />
        <strong>{organization.name}</strong>
      </header>
      <Drawer.Root opened={drawerOpened} onClose={drawer.close} size={288}>
        <Drawer.Overlay />
        <Drawer.Content aria-label={shellStrings.navigation}>
          <div className={classes.drawer}>
            <Navigation onFollow={drawer.close} />
          </div>
        </Drawer.Content>
      </Drawer.Root>
      <aside className={classes.side}>
        <Navigation />
      </aside>
      <main className={classes.content} id="content" tabIndex={-1} aria-busy={isMoving}>
        <ConnectionNote />
        <Outlet />
      </main>
      <CommandPalette />
      <ShortcutHelp />
    </div>
  );
}
