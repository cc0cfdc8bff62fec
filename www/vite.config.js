import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { offline } from './offline/plugin.mjs';
import { ELEMENT, pages } from './pages.mjs';

const site = fileURLToPath(new URL('./site/', import.meta.url));
const html = existsSync(site) ? readdirSync(site).filter((name) => name.endsWith('.html')) : [];

export default defineConfig({
  root: site,
  base: './',
  plugins: [pages(), offline()],
  build: {
    outDir: fileURLToPath(new URL('./dist/', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy forbids data: for scripts and fetches, so nothing is inlined and no polyfill is injected.
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      input: { ...Object.fromEntries(html.map((name) => [name.slice(0, -5), site + name])), element: fileURLToPath(new URL('./element/define.js', import.meta.url)) },
      // The one file that other pages name, so that its name stays.
      output: { entryFileNames: ({ name }) => (name === 'element' ? ELEMENT : 'assets/[name]-[hash].js') },
    },
  },
  server: { fs: { allow: [fileURLToPath(new URL('.', import.meta.url))] } },
});
