/** Of one agent, two full lists: who waits for answers, as the SDK does, has fewer on their way. */
const MOST = 200;

/** How many commands of each agent are being handled: no agent's may keep those of the others waiting. */
export class InHand {
  private readonly counts = new Map<string, number>();

  /** @returns what the work comes to; undefined, and no work, when the sender has too much in hand already */
  async take<T>(sender: string, count: number, work: () => Promise<T>): Promise<T | undefined> {
    if (!sender.startsWith('agent_')) return work();
    const before = this.counts.get(sender) ?? 0;
    if (before + count > MOST) return undefined;
    this.counts.set(sender, before + count);
    try {
      return await work();
    } finally {
      const left = this.counts.get(sender)! - count;
      if (left > 0) this.counts.set(sender, left);
      else this.counts.delete(sender);
    }
  }
}
