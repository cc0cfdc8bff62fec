/** The element itself and what its rooms stand in. */
export default /* css */ `
:host {
  display: block;
  container-type: inline-size;
  font: 400 1rem/1.5 var(--font);
  color: var(--ink);
  background: var(--paper);
}

:host([hidden]) {
  display: none;
}

.widget {
  position: relative;
  display: flex;
  flex-direction: column;
  min-height: 100%;
}

.widget[inert] {
  opacity: 0.55;
}

.notice:not(:empty) {
  padding: calc(1.5 * var(--step)) calc(2 * var(--step));
  margin-block-end: calc(2 * var(--step));
  background: var(--notice-wash);
  border-radius: var(--round);
}

.bench {
  display: grid;
  gap: calc(3 * var(--step));
}

@container (min-width: 52rem) {
  .bench {
    grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr);
    grid-template-rows: auto 1fr;
    gap: calc(3 * var(--step)) calc(5 * var(--step));
  }

  .answer {
    grid-row: 1 / 3;
    grid-column: 2;
  }
}
`;
