/** Type, buttons, disclosures and focus: what the widget shares with this project's pages. */
export default /* css */ `
*,
*::before,
*::after {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

h1,
h2,
h3,
p,
ul,
ol,
dl,
dd,
figure {
  margin: 0;
}

h1,
h2 {
  font-size: var(--large);
  line-height: 1.3;
  font-weight: 600;
}

a {
  color: var(--accent);
  text-underline-offset: 0.2em;
}

.quiet {
  color: var(--quiet);
  font-size: var(--small);
}

.strong {
  font-weight: 600;
}

.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  padding: 0;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

button {
  font: inherit;
  color: var(--ink);
  background: var(--raised);
  border: 1px solid var(--edge);
  border-radius: var(--round);
  min-height: var(--touch);
  min-width: var(--touch);
  padding: var(--step) calc(2 * var(--step));
  cursor: pointer;
}

button:hover {
  border-color: var(--accent);
  background: var(--accent-wash);
}

button.primary {
  background: var(--accent);
  border-color: var(--accent);
  color: var(--accent-ink);
}

button.primary:hover {
  text-decoration: underline;
  text-underline-offset: 0.2em;
}

button:disabled {
  opacity: 0.55;
  cursor: default;
}

button.icon {
  display: inline-grid;
  place-items: center;
  padding: 0;
  width: var(--touch);
}

.actions {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: calc(1.5 * var(--step));
}

details > summary {
  min-height: var(--touch);
  padding-block: calc(1.25 * var(--step));
  cursor: pointer;
}

.facts {
  display: grid;
  grid-template-columns: minmax(8rem, 1fr) 2fr;
  gap: 0.25rem calc(2 * var(--step));
  font-size: var(--small);
  font-variant-numeric: tabular-nums;
}

.facts dt {
  color: var(--quiet);
  hyphens: auto;
  overflow-wrap: anywhere;
}

.facts dd {
  overflow-wrap: anywhere;
}

.note {
  padding: calc(1.5 * var(--step)) calc(2 * var(--step));
  background: var(--notice-wash);
  border-radius: var(--round);
}

@media (prefers-reduced-motion: reduce) {
  * {
    transition: none !important;
    scroll-behavior: auto !important;
  }
}
`;
