/** The line that tells how far the network has loaded. */
export default /* css */ `
.status {
  display: grid;
  grid-template-columns: 1fr auto;
  align-items: center;
  column-gap: calc(2 * var(--step));
  min-height: 3.5rem;
  margin-block-end: var(--step);
  font-size: var(--small);
  color: var(--quiet);
  font-variant-numeric: tabular-nums;
}

.status progress {
  grid-column: 1 / -1;
  appearance: none;
  width: 100%;
  height: 0.25rem;
  border: 0;
  background: var(--line);
  color: var(--accent);
}

.status progress::-webkit-progress-bar {
  background: var(--line);
}

.status progress::-webkit-progress-value {
  background: var(--accent);
}

.status progress::-moz-progress-bar {
  background: var(--accent);
}


/* Once loaded the bar is only the header's rule. */
.status[data-state="ready"] progress::-webkit-progress-value {
  background: var(--line);
}

.status[data-state="ready"] progress::-moz-progress-bar {
  background: var(--line);
}

.status button {
  min-height: var(--touch);
  padding-block: 0;
}

.status .status-text {
  padding-block: calc(0.5 * var(--step));
  min-height: var(--touch);
  display: flex;
  align-items: center;
}

.status .status-text:has(+ [hidden]) {
  grid-column: 1 / -1;
}

/* What keeps the page from working may be louder than what does not. */
.status:is([data-state="old"], [data-state="failed"], [data-state="offline"]) .status-text {
  padding: var(--step) calc(2 * var(--step));
  margin-block-start: var(--step);
  background: var(--notice-wash);
  color: var(--ink);
  font-size: var(--normal);
}
`;
