import { localStorageColorSchemeManager } from '@mantine/core';

/** A person's choice of dark or light is the browser's to keep; without one the device's holds. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'agentgateway-color-scheme' });
