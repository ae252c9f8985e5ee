/** Places for tasks in this process. */
export class Slots {
  private taken = 0;
  private waiting: Array<() => void> = [];
  private filled = new AbortController();

  constructor(private readonly places: number) {}

  /** Aborted as soon as the last free place is taken; a fresh signal once there is one again. */
  get full(): AbortSignal {
    return this.filled.signal;
  }

  take(): boolean {
    if (this.taken >= this.places) return false;
    this.taken += 1;
    if (this.taken === this.places) this.filled.abort();
    return true;
  }

  release(): void {
    if (this.taken === this.places) this.filled = new AbortController();
    this.taken -= 1;
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Resolves once a place is free, or the signal is aborted. */
  async whenFree(signal: AbortSignal): Promise<void> {
    while (this.taken >= this.places && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.push(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }
}
