/** The row of thumbnails. */
export default /* css */ `
.strip {
  margin-block-start: calc(4 * var(--step));
  padding-block-start: calc(3 * var(--step));
  border-block-start: 1px solid var(--line);
}

.strip h2 {
  font-size: var(--normal);
}

.strip ol {
  display: flex;
  gap: calc(1.5 * var(--step));
  margin-block: var(--step) calc(2 * var(--step));
  padding: 0.375rem;
  margin-inline: -0.375rem;
  overflow-x: auto;
  list-style: none;
}

.thumb {
  display: grid;
  gap: 0.25rem;
  width: 6.5rem;
  padding: 0.25rem;
  border-color: transparent;
  background: none;
}

.thumb canvas {
  width: 100%;
  aspect-ratio: 1;
  background: var(--stage);
}

.thumb[aria-current] {
  border-color: var(--accent);
  box-shadow: inset 0 0 0 1px var(--accent);
}

.thumb-caption {
  font-size: var(--small);
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
`;
