/** Light or dark: the system's wish until the reader chooses; the choice is the one thing this site keeps on the device. */

import { say } from './words.js';

const KEY = 'theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** Local storage may be refused altogether (private windows, strict settings); the page then follows the system. */
function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

let chosen = stored();

function apply(button) {
  const dark = chosen ? chosen === 'dark' : system.matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  if (!button) return;
  const label = say(dark ? 'page.themeLight' : 'page.themeDark');
  button.setAttribute('aria-label', label);
  button.title = label;
}

/** Sets the colours and lets `button` toggle them. */
export function startTheme(button) {
  apply(button);
  system.addEventListener('change', () => apply(button));
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    keep(chosen);
    apply(button);
  });
}
