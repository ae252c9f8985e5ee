// Runs before the first paint: the theme that the viewer chose in the product, else the system's.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('agencyos.theme');
  } catch {
    // Storage may be forbidden.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = chosen ?? system;
})();
