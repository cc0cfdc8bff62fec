import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const site = fileURLToPath(new URL('./site/', import.meta.url));
const pages = existsSync(site) ? readdirSync(site).filter((name) => name.endsWith('.html')).map((name) => site + name) : [];

export default defineConfig({
  root: site,
  base: './',
  build: {
    outDir: fileURLToPath(new URL('./dist/', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy forbids data: for scripts and fetches, so nothing is inlined and no polyfill is injected.
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: { input: pages },
  },
  // The worker imports one of two wasm-bindgen modules on demand, which needs ES modules.
  worker: { format: 'es' },
  server: { fs: { allow: [fileURLToPath(new URL('.', import.meta.url))] } },
});
