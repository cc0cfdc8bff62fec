import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './tests',
  testMatch: '**/*.spec.mjs',
  outputDir: '../target/playwright',
  // One browser at a time: some tests watch the clock or the memory.
  workers: 1,
  timeout: 300_000,
  forbidOnly: Boolean(process.env.CI),
  // Once more on a stranger's machine, where a browser may be slow to start or short of memory; the tally names what needed it.
  retries: process.env.CI ? 1 : 0,
  reporter: [['list'], ['./tests/support/tally.mjs']],
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      ],
    },
  },
});
