/** Stage and box, and where the network looked. */
export default /* css */ `
.stage {
  position: relative;
  height: clamp(15rem, 52vh, 32rem);
  overflow: hidden;
  background: var(--stage);
  border-radius: var(--round);
}

.photograph {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  object-fit: contain;
}

.stage:not([data-state="shown"]) .photograph {
  visibility: hidden;
}

.cannot-show {
  display: none;
  height: 100%;
  place-items: center;
  text-align: center;
  color: var(--quiet);
}

.stage[data-state="unshown"] .cannot-show {
  display: grid;
}

.shade {
  position: absolute;
  overflow: hidden;
  pointer-events: none;
}

.shade span {
  position: absolute;
  box-shadow: 0 0 0 100vmax rgb(0 0 0 / 0.45);
}

.crop {
  position: absolute;
  border: 2px solid #fff;
  box-shadow: 0 0 0 1px #000, inset 0 0 0 1px #000;
  cursor: move;
  touch-action: none;
}

.crop:focus-visible {
  outline-offset: -6px;
  outline-color: #ffd54a;
}

.crop canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  pointer-events: none;
}

.crop canvas.stale {
  visibility: hidden;
}

/* The visible square is small; the part that takes the finger is as large as a fingertip and reaches inwards. */
.handle {
  position: absolute;
  width: var(--touch);
  height: var(--touch);
}

.handle::after {
  content: "";
  position: absolute;
  width: 0.875rem;
  height: 0.875rem;
  background: #fff;
  border: 1px solid #000;
}

.handle.nw {
  left: -0.5rem;
  top: -0.5rem;
  cursor: nwse-resize;
}

.handle.ne {
  right: -0.5rem;
  top: -0.5rem;
  cursor: nesw-resize;
}

.handle.sw {
  left: -0.5rem;
  bottom: -0.5rem;
  cursor: nesw-resize;
}

.handle.se {
  right: -0.5rem;
  bottom: -0.5rem;
  cursor: nwse-resize;
}

.handle.nw::after,
.handle.sw::after {
  left: 0.375rem;
}

.handle.ne::after,
.handle.se::after {
  right: 0.375rem;
}

.handle.nw::after,
.handle.ne::after {
  top: 0.375rem;
}

.handle.sw::after,
.handle.se::after {
  bottom: 0.375rem;
}

.crop-controls {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: var(--step);
  margin-block-start: var(--step);
}

.crop-controls output {
  font-variant-numeric: tabular-nums;
}

.crop-controls.off,
.crop-controls.off + .crop-hint {
  visibility: hidden;
}

.crop-hint {
  margin-block-start: var(--step);
}

.minus,
.plus {
  position: relative;
  width: 1rem;
  height: 2px;
  background: currentColor;
}

.plus::after {
  content: "";
  position: absolute;
  inset: 0;
  background: currentColor;
  transform: rotate(90deg);
}

/* ---- where it looked ---- */

.look {
  display: grid;
  grid-template-columns: 14rem minmax(0, 1fr);
  gap: calc(3 * var(--step));
  align-items: start;
}

.look h2 {
  font-size: var(--normal);
}

.seen {
  position: relative;
  aspect-ratio: 1;
  background: var(--stage);
}

.seen canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
}

.look figcaption {
  margin-block-start: calc(0.5 * var(--step));
  min-height: 3em;
}

.look-words {
  display: grid;
  gap: var(--step);
}

.sentence {
  min-height: 3em;
}

.for-class {
  min-height: 4.5em;
}

.opacity {
  width: 100%;
  height: var(--touch);
  margin: 0;
  accent-color: var(--accent);
}

.look.off label,
.look.off input {
  visibility: hidden;
}

.look.empty {
  visibility: hidden;
}

@container (max-width: 52rem) {
  .look.empty {
    display: none;
  }
}

@container (max-width: 40rem) {
  .stage {
    height: clamp(14rem, 38vh, 32rem);
  }

  .crop-controls output {
    display: none;
  }

  .look {
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
    gap: calc(2 * var(--step));
  }
}

@container (max-width: 22rem) {
  .look {
    grid-template-columns: minmax(0, 1fr);
  }
}
`;
