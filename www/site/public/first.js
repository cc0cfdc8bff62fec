// Before the first paint: the colours that the reader chose on an earlier visit (theme.js). A module would come too late for that.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // No storage, no choice.
}
