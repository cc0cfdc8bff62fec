/** What the build puts before the service worker's text (offline/plugin.mjs). */
declare const KEPT: { version: string; files: Record<string, string> };
