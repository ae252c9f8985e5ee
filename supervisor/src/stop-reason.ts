const parentCheckEveryMs = 250;

/** Resolves once somebody wants everything to stop. */
export interface StopReason {
  asked: Promise<'stop'>;
  /** In words, once it is known. */
  reason(): string | undefined;
}

/**
 * Ctrl-C, SIGTERM, SIGHUP (the terminal is gone), or the end of the process that started us where that one is
 * npm or the bootstrap: neither passes on its own SIGKILL, so its disappearance is watched.
 */
export function stopReason(): StopReason {
  let reason: string | undefined;
  const asked = new Promise<'stop'>((resolve) => {
    const stop = (why: string) => {
      reason ??= why;
      resolve('stop');
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
    if (process.env['AGENCYOS_BOOTSTRAP'] || process.env['npm_command']) {
      const parent = process.ppid;
      setInterval(() => {
        if (process.ppid !== parent) stop('the process that started it is gone');
      }, parentCheckEveryMs).unref();
    }
  });
  return { asked, reason: () => reason };
}
