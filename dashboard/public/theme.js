// Before the first paint: the theme the viewer chose, else the system's.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('agencyos.theme');
  } catch {
    // Storage may be forbidden: the system's theme is used.
  }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
