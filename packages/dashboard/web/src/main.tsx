import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import '@mantine/core/styles.css';
import './page.css';
import { App } from './app.tsx';
import { BASE_PATH, CallError } from './call.ts';
import { SessionProvider } from './session/session.tsx';
import { SessionWall } from './session/session-wall.tsx';
import { styleNonce } from './shell/nonce.ts';
import { SettingsProvider } from './shell/settings.tsx';
import { theme } from './shell/theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused it would refuse again; for a server of the cluster that hangs the whole time-out was waited already.
      retry: (count, error) =>
        count < 2 &&
        error instanceof CallError &&
        (error.status === 0 || error.status >= 500) &&
        error.body.code !== 'CLUSTER_UNREACHABLE',
      staleTime: 2000,
      refetchOnWindowFocus: true,
    },
  },
});

// After an update of the console an open page asks for parts that are not there any more: it is loaded anew.
window.addEventListener('vite:preloadError', () => location.reload());

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
    <SettingsProvider>
      <QueryClientProvider client={queries}>
        <Router base={BASE_PATH}>
          <SessionProvider>
            <SessionWall>
              <App />
            </SessionWall>
          </SessionProvider>
        </Router>
      </QueryClientProvider>
    </SettingsProvider>
  </MantineProvider>,
);
