/** How long a second of what was rendered lasts here: what a test asks of times, it need not wait for. */
export interface Clock {
  secondMs: number;
  /** Of the pauses before what ended is started again. */
  backOffSecondMs: number;
}

/** What is to be done later, unless it is given up. */
export class Timers {
  private readonly running = new Set<NodeJS.Timeout>();
  private over = false;

  after(ms: number, action: () => void): void {
    if (this.over) return;
    const timer = setTimeout(() => {
      this.running.delete(timer);
      action();
    }, ms);
    this.running.add(timer);
  }

  stop(): void {
    this.over = true;
    for (const timer of this.running) clearTimeout(timer);
    this.running.clear();
  }
}
