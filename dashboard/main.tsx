import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './styles/base.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { styleNonce } from './client/boot.ts';
import { colorSchemeManager } from './client/color-scheme.ts';
import { followChanges } from './client/events.ts';
import { queryClient } from './client/query-client.ts';
import { followSession } from './client/session.ts';
import { router } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

// What keeps the page from scrolling behind a window looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });
followSession();
followChanges();

const container = document.getElementById('app');
if (container === null) throw new Error('The page has no place for the app.');
createRoot(container).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" autoClose={6_000} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
