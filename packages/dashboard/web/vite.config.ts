import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets } from './compress-assets.ts';

/** Addresses are relative to the `<base>` that the server writes into the page, so that it may lie below any path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // The server puts a nonce of its own into each answer; see `src/http/pages.ts`.
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [react(), compressAssets()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
});
