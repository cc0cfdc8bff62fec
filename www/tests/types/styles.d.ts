// What the pages' build makes of style sheets.
declare module '*.css';
