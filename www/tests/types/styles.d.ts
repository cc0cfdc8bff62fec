// What the pages' build makes of style sheets.
declare module '*.css';

// And of files that may or may not be there: their addresses.
interface ImportMeta {
  glob(pattern: string | string[], options: { query: '?url'; import: 'default'; eager: true }): Record<string, string>;
}
