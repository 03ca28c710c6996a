import { createStore } from '../client/store.ts';

/** What is open above the page: the palette, the list of shortcuts, or nothing. */
export const overlay = createStore<'palette' | 'shortcuts' | null>(null);

export const openPalette = (): void => overlay.set('palette');
export const openShortcuts = (): void => overlay.set('shortcuts');
export const closeOverlay = (): void => overlay.set(null);
