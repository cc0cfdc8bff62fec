/** The first screen, what shows that something may be dropped, and the camera. */
export default /* css */ `
.arriving {
  flex: 1;
  display: flex;
  flex-direction: column;
  gap: calc(3 * var(--step));
}

.target {
  flex: 1;
  min-height: 24rem;
  display: flex;
  flex-direction: column;
  align-items: center;
  justify-content: center;
  gap: calc(3 * var(--step));
  padding: calc(4 * var(--step)) calc(2 * var(--step));
  text-align: center;
  border: 2px dashed var(--edge);
  border-radius: calc(2 * var(--round));
  background: var(--raised);
}

.dragging .target {
  border-color: var(--accent);
  background: var(--accent-wash);
}

.target h2 {
  font-size: var(--huge);
  font-weight: 600;
  max-width: 28ch;
  text-wrap: balance;
}

.target .actions {
  justify-content: center;
}

.paste {
  color: var(--quiet);
}

/* Fingers have no Ctrl V. */
@media (pointer: coarse) and (hover: none) {
  .paste {
    display: none;
  }
}

::slotted([slot="privacy"]) {
  white-space: nowrap;
}

.try {
  display: grid;
  justify-items: center;
  gap: var(--step);
}

.samples {
  display: flex;
  gap: calc(2 * var(--step));
  padding: 0;
  list-style: none;
}

.sample {
  padding: 0;
  width: 4.5rem;
  height: 4.5rem;
  overflow: hidden;
}

.sample img {
  display: block;
  width: 100%;
  height: 100%;
  object-fit: cover;
}

.dropping {
  display: none;
}

.dragging .dropping {
  position: absolute;
  inset: 0;
  z-index: 2;
  display: grid;
  place-items: end center;
  padding-block-end: calc(4 * var(--step));
  border: 4px solid var(--accent);
  pointer-events: none;
}

.dropping p {
  padding: var(--step) calc(3 * var(--step));
  border-radius: var(--round);
  background: var(--accent);
  color: var(--accent-ink);
  font-size: var(--large);
}

dialog {
  width: min(44rem, 100vw - 2rem);
  max-width: none;
  margin: auto;
  padding: calc(3 * var(--step));
  border: 1px solid var(--edge);
  border-radius: calc(2 * var(--round));
  background: var(--raised);
  color: var(--ink);
}

dialog::backdrop {
  background: rgb(0 0 0 / 0.6);
}

dialog video {
  display: block;
  width: 100%;
  height: min(50vh, 28rem);
  margin-block: calc(2 * var(--step));
  background: #000;
  object-fit: contain;
}

.camera-text {
  min-height: 3em;
}
`;
