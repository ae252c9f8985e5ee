import { isRejection } from '@agencyos/decider';
import type { WindowState } from '../views/pure/window-state.js';
import type { WindowDelta, WindowReader } from '../views/windows.js';
import type { LiveSocket } from './live-socket.js';

/** Writes one window to one socket, as long as it may be seen: it is small enough for one frame. */
export class WindowSubscription implements WindowReader {
  constructor(
    private readonly socket: LiveSocket,
    private readonly window: string,
    private readonly kind: string,
    private readonly id: string,
    /** Throws a rejection once something is hidden from who looks. */
    private readonly check: () => void,
    private readonly giveUp: () => void,
  ) {}

  snapshot({ epoch, revision, incompleteSince, total, offset, rows }: WindowState): void {
    if (!this.isSeen()) return;
    const { window, kind, id } = this;
    const lacks = incompleteSince !== undefined && { incompleteSince };
    const shown = [...rows].map(([key, row]) => ({ key, row }));
    this.socket.send('window', { window, kind, id, epoch, revision, ...lacks, total, offset, rows: shown });
  }

  delta(delta: WindowDelta): void {
    if (this.isSeen()) this.socket.send('window_delta', { window: this.window, ...delta });
  }

  failed(error: unknown, final: boolean): void {
    const { window, kind, id } = this;
    const code = isRejection(error) ? error.code : 'busy';
    const detail = final ? String((error as Error).message) : 'It does not answer right now; it follows as soon as it does.';
    this.socket.error({ code, kind, id, window, detail });
    if (final) this.giveUp();
  }

  private isSeen(): boolean {
    try {
      this.check();
      return true;
    } catch (error) {
      this.failed(error, true);
      return false;
    }
  }
}
