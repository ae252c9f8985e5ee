const parentCheckEveryMs = 250;
const controller = new AbortController();
let watching = false;

/** Aborted once somebody wants everything to stop; its reason says in words why. */
export const stopSignal = controller.signal;

/** Whether this process has taken over its stop; else a signal ends it at once. */
export function isWatching() {
  return watching;
}

/**
 * Watches for Ctrl-C, SIGTERM, SIGHUP (the terminal is gone) and the end of the parent, where that one is npm or the
 * bootstrap: neither passes on its own SIGKILL, so its disappearance is watched. The first call counts: the bootstrap
 * watches long before the supervisor, which may be the same process.
 *
 * @param {number | undefined} parent its pid, if its end is ours too
 */
export function watchForStop(parent) {
  if (watching) return;
  watching = true;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => controller.abort(name));
  if (parent === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) controller.abort('the process that started it is gone');
  }, parentCheckEveryMs).unref();
}
