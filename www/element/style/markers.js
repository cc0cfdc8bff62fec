/** A class has one colour and one marker everywhere. The rim keeps the light colours visible on white and the dark ones on black. */
export default /* css */ `
.marker {
  width: 1rem;
  height: 1rem;
  background: var(--class-edge);
  clip-path: var(--shape);
  display: grid;
  place-items: center;
}

.marker::after {
  content: "";
  width: 1rem;
  height: 1rem;
  transform: scale(0.72);
  background: var(--colour);
  clip-path: var(--shape);
}

[data-class="AK"] {
  --colour: var(--class-ak);
  --shape: polygon(50% 4%, 98% 92%, 2% 92%);
}

[data-class="BCC"] {
  --colour: var(--class-bcc);
  --shape: circle(47%);
}

[data-class="BKL"] {
  --colour: var(--class-bkl);
  --shape: inset(8%);
}

[data-class="DF"] {
  --colour: var(--class-df);
  --shape: polygon(33% 3%, 67% 3%, 67% 33%, 97% 33%, 97% 67%, 67% 67%, 67% 97%, 33% 97%, 33% 67%, 3% 67%, 3% 33%, 33% 33%);
}

[data-class="MEL"] {
  --colour: var(--class-mel);
  --shape: polygon(50% 0, 100% 50%, 50% 100%, 0 50%);
}

[data-class="NV"] {
  --colour: var(--class-nv);
  --shape: polygon(25% 6%, 75% 6%, 100% 50%, 75% 94%, 25% 94%, 0 50%);
}

[data-class="SCC"] {
  --colour: var(--class-scc);
  --shape: polygon(2% 8%, 98% 8%, 50% 96%);
}

[data-class="VASC"] {
  --colour: var(--class-vasc);
  --shape: polygon(20% 0, 50% 30%, 80% 0, 100% 20%, 70% 50%, 100% 80%, 80% 100%, 50% 70%, 20% 100%, 0 80%, 30% 50%, 0 20%);
}

@media (forced-colors: active) {
  .marker,
  .marker::after {
    forced-color-adjust: none;
  }
}
`;
