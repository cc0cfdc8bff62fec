/**
 * Colours, type and spacing, for the widget and for this project's pages. A page overrides those that begin with `--derm-`.
 * Of `--light` and `--dark` one is empty and the other invalid, which makes `var(--light, a) var(--dark, b)` one of the two values.
 */
const light = '--light: initial; --dark: ; color-scheme: light;';
const dark = '--light: ; --dark: initial; color-scheme: dark;';

export default /* css */ `
:host, :root { ${light} }

@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])), :root:not([data-theme="light"]) { ${dark} }
}

:host([theme="dark"]), :root[data-theme="dark"] { ${dark} }

:host, :root {
  --paper: var(--derm-paper, var(--light, #fbfbf9) var(--dark, #15181a));
  --raised: var(--derm-raised, var(--light, #ffffff) var(--dark, #1d2124));
  --ink: var(--derm-ink, var(--light, #1b1f23) var(--dark, #e8ebec));
  --quiet: var(--derm-quiet, var(--light, #555e66) var(--dark, #a9b2b8));
  --line: var(--derm-line, var(--light, #d4d8d8) var(--dark, #353c41));
  --edge: var(--derm-edge, var(--light, #757e83) var(--dark, #858f95));
  --accent: var(--derm-accent, var(--light, #0b6464) var(--dark, #7fd0c9));
  --accent-ink: var(--derm-accent-ink, var(--light, #ffffff) var(--dark, #0c2322));
  --accent-wash: var(--derm-accent-wash, var(--light, #e4f0ef) var(--dark, #1b3534));
  --notice-wash: var(--derm-notice-wash, var(--light, #f4f1e6) var(--dark, #2c2a20));
  --stage: var(--derm-stage, var(--light, #e9ebea) var(--dark, #0e1011));

  /* The eight classes: Okabe and Ito's colour-blind-friendly set; each also has its own marker (markers.js). */
  --class-ak: #f0e442;
  --class-bcc: #e69f00;
  --class-bkl: #009e73;
  --class-df: var(--light, #3c4248) var(--dark, #c3c9ce);
  --class-mel: #cc79a7;
  --class-nv: #56b4e9;
  --class-scc: #0072b2;
  --class-vasc: #d55e00;
  --class-edge: var(--light, #4a5157) var(--dark, #8d979d);

  --small: 0.875rem;
  --normal: 1rem;
  --large: 1.25rem;
  --huge: 1.75rem;
  --step: 0.5rem;
  --touch: 2.75rem;
  --round: var(--derm-round, 0.375rem);
  --font: var(--derm-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Devanagari", "Helvetica Neue", Arial, sans-serif);
}
`;
