/** Light or dark: the system's wish until the reader chooses; the choice is kept on the device, in local storage. */

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

/** @param {string} theme */
function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

/** Follows the reader's choice, and lets the page's button make it. */
export function startTheme() {
  const toggle = document.querySelector('#theme');
  if (!(toggle instanceof HTMLElement)) return;
  let chosen = stored();
  const isDark = () => (chosen ? chosen === 'dark' : system.matches);
  const apply = () => {
    if (chosen) {
      document.documentElement.dataset['theme'] = chosen;
      for (const classifier of document.querySelectorAll('derm-classifier')) classifier.setAttribute('theme', chosen);
    }
    const label = (isDark() ? toggle.dataset['toLight'] : toggle.dataset['toDark']) ?? '';
    toggle.setAttribute('aria-label', label);
    toggle.title = label;
  };
  system.addEventListener('change', apply);
  toggle.addEventListener('click', () => {
    chosen = isDark() ? 'light' : 'dark';
    keep(chosen);
    apply();
  });
  apply();
}
