// Runs before the first paint, and before the program is here.
(() => {
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // Storage may be forbidden.
    }
  };

  // The theme that the viewer chose, else the system's.
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = kept('agencyos.theme') ?? system;

  // What the page shows first is asked for while its program is still on the way; `Api` takes the answers.
  const [, section = 'boards', id = section === 'boards' && kept('agencyos.board')] =
    /^\/(?:(\w+)(?:\/([\w-]+))?)?$/.exec(location.pathname) ?? [];
  if (section === 'setup' || section === 'welcome' || section === 'login') return;
  const paths = ['/api/v1/me', '/api/v1/views/boards/all'];
  const kind = { boards: 'board', runs: 'run', inbox: 'approval' }[section];
  if (kind && id) paths.push(`/api/v1/views/${kind}/${id}`);
  const ask = (path) =>
    fetch(path, { credentials: 'same-origin', signal: AbortSignal.timeout(15_000) }).catch(() => undefined);
  globalThis.agencyosAsked = new Map(paths.map((path) => [path, ask(path)]));
})();
