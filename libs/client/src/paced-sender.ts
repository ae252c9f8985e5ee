/** The gateway closes a socket that says more than 50 things within a second; what left evenly may arrive bunched. */
const BURST = 20;
const EVERY_MS = 50;

/** Passes messages on in their order: some at once, more of them evenly spread. */
export class PacedSender {
  private readonly waiting: string[] = [];
  private timer?: ReturnType<typeof setInterval>;
  private left = BURST;

  constructor(private readonly pass: (message: string) => void) {}

  send(message: string): void {
    this.timer ??= setInterval(() => this.tick(), EVERY_MS);
    if (this.left === 0) {
      this.waiting.push(message);
      return;
    }
    this.left -= 1;
    this.pass(message);
  }

  /** What still waits is never sent. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.waiting.length = 0;
    this.left = BURST;
  }

  private tick(): void {
    const next = this.waiting.shift();
    if (next !== undefined) this.pass(next);
    else if (++this.left >= BURST) this.stop();
  }
}
