/** The projector mode: large type and plots for a lecture hall. It is remembered in the address alone, so that a link or a reload keeps it and the device does not. */

const NAME = 'projector';

/** @param {HTMLElement} toggle @param {() => void} onChange */
export function startProjector(toggle, onChange) {
  const apply = () => {
    const on = new URLSearchParams(location.search).has(NAME);
    document.documentElement.toggleAttribute('data-projector', on);
    toggle.setAttribute('aria-pressed', String(on));
    // The same page in another language keeps it.
    for (const link of document.querySelectorAll('.languages a')) if (link instanceof HTMLAnchorElement) link.search = on ? `?${NAME}` : '';
  };
  toggle.addEventListener('click', () => {
    const address = new URL(location.href);
    if (address.searchParams.has(NAME)) address.searchParams.delete(NAME);
    else address.searchParams.set(NAME, '');
    history.replaceState(history.state, '', address);
    apply();
    onChange();
  });
  apply();
}
