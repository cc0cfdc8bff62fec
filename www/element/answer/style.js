/** The answer: verdict, ranking, switch. */
export default /* css */ `
.answer {
  display: flex;
  flex-direction: column;
  gap: calc(2 * var(--step));
}

.verdict {
  display: grid;
  align-content: start;
  gap: var(--step);
  min-height: 8rem;
}

.verdict .headline {
  font-size: var(--huge);
  line-height: 1.25;
  font-weight: 600;
  text-wrap: balance;
}

.verdict .headline.quiet {
  color: var(--quiet);
  font-weight: 400;
}

.verdict ul {
  padding-inline-start: 1.25rem;
}

.verdict .found {
  overflow-wrap: anywhere;
}

/* The last answer stays in sight while the next one is worked out. */
.answer[data-state="busy"] .verdict,
.answer[data-state="busy"] .figures {
  opacity: 0.55;
}

/* Before the first answer there are eight names to read and nothing yet to choose. */
.answer[data-state="working"] :is(.pick, .switch, .equal-words) {
  visibility: hidden;
}

.computed .facts {
  margin-block-end: var(--step);
}

.ranking-place:not(:has(.figures:not([hidden]))) {
  display: none;
}

.ranking {
  margin-block: var(--step);
  padding: 0;
  list-style: none;
}

.ranking li + li {
  border-block-start: 1px solid var(--line);
}

.row {
  display: grid;
  grid-template-columns: 1rem minmax(0, 1fr) auto 3.75rem;
  grid-template-areas: "marker name code figure" "marker bar bar bar";
  align-items: center;
  column-gap: var(--step);
  row-gap: 0.25rem;
  width: 100%;
  padding: 0.375rem var(--step);
  border-color: transparent;
  border-radius: 0;
  background: none;
  text-align: start;
}

.row:disabled {
  opacity: 1;
  color: var(--quiet);
}

.row:disabled .fill {
  visibility: hidden;
}

.row[aria-pressed="true"] {
  background: var(--accent-wash);
  box-shadow: inset 3px 0 0 var(--accent);
}

.widget[dir="rtl"] .row[aria-pressed="true"] {
  box-shadow: inset -3px 0 0 var(--accent);
}

.row .marker {
  grid-area: marker;
}

.class-name {
  grid-area: name;
  line-height: 1.3;
}

.code {
  grid-area: code;
  color: var(--quiet);
  font-size: var(--small);
}

.figure {
  grid-area: figure;
  text-align: end;
  font-variant-numeric: tabular-nums;
}

.bar {
  grid-area: bar;
  height: 0.5rem;
  background: var(--line);
}

.fill {
  display: block;
  height: 100%;
  min-width: 2px;
  background: var(--colour);
  box-shadow: inset 0 0 0 1px var(--class-edge);
  transition: width 150ms;
}

@media (forced-colors: active) {
  .fill,
  .bar {
    forced-color-adjust: none;
  }
}

.switch {
  display: flex;
  align-items: center;
  gap: calc(1.5 * var(--step));
  min-height: var(--touch);
  cursor: pointer;
}

.switch input {
  appearance: none;
  flex: none;
  position: relative;
  width: 2.75rem;
  height: 1.5rem;
  margin: 0;
  border: 1px solid var(--edge);
  border-radius: 0.75rem;
  background: var(--raised);
  cursor: pointer;
}

.switch input::after {
  content: "";
  position: absolute;
  top: 0.1875rem;
  inset-inline-start: 0.1875rem;
  width: 1rem;
  height: 1rem;
  border-radius: 50%;
  background: var(--edge);
  transition: inset-inline-start 150ms;
}

.switch input:checked {
  background: var(--accent);
  border-color: var(--accent);
}

.switch input:checked::after {
  inset-inline-start: 1.4375rem;
  background: var(--accent-ink);
}

.equal-words {
  min-height: 3em;
}
`;
