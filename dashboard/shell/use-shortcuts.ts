import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { serverPage } from '../client/links.ts';
import { openPalette, openShortcuts, overlay } from './command-palette-state.ts';
import { sections } from './sections.ts';

/** How long after `g` the next letter counts. */
const SEQUENCE_MS = 1_200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Single letters are for who is not typing; Ctrl+K and ⌘K work everywhere. */
export function useShortcuts(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let sequenceUntil = 0;
    const go = (letter: string): void => {
      const section = sections.flat().find(({ shortcut }) => shortcut === letter);
      if (section?.isServerPage) window.location.assign(serverPage(section.to));
      else if (section !== undefined) void navigate({ to: section.to });
    };
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || overlay.get() !== null) return;
      if (event.timeStamp < sequenceUntil) go(event.key);
      sequenceUntil = event.key === 'g' ? event.timeStamp + SEQUENCE_MS : 0;
      if (event.key === '?') openShortcuts();
      if (event.key === '/') {
        event.preventDefault();
        openPalette();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}
