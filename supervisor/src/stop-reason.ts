import { stopSignal, watchForStop } from '../bin/stop-signal.mjs';

/** Resolves once somebody wants everything to stop. */
export interface StopRequest {
  asked: Promise<'stop'>;
  /** In words, once it is known. */
  reason(): string | undefined;
}

/** Ctrl-C, SIGTERM, SIGHUP, or the end of the npm or the bootstrap that started us. */
export function stopReason(): StopRequest {
  // The bootstrap says who it is: it may be gone before we could ask.
  const bootstrap = Number(process.env['AGENCYOS_BOOTSTRAP']) || undefined;
  watchForStop(bootstrap ?? (process.env['npm_command'] ? process.ppid : undefined));
  const asked = new Promise<'stop'>((resolve) => {
    if (stopSignal.aborted) resolve('stop');
    else stopSignal.addEventListener('abort', () => resolve('stop'), { once: true });
  });
  return { asked, reason: () => stopSignal.reason as string | undefined };
}
