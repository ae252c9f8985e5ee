/** For heartbeats and the like. A thousand leases of a second, told three times in it, with room to spare. */
const BYTES_A_SECOND = 2 * 1024 * 1024;
/** What a message costs at least. */
const LEAST_BYTES = 4 * 1024;

/** How much of our time the messages of one sender may take, so that those of the others are heard. */
export class SenderShare {
  private readonly senders = new Map<string, { left: number; at: number }>();

  constructor(private readonly bytesASecond = BYTES_A_SECOND) {}

  /** Counts one message before it is read. @param now in ms of a monotonic clock @returns false when it is one too many */
  take(sender: string, bytes: number, now: number): boolean {
    const known = this.senders.get(sender);
    const saved = known ? known.left + ((now - known.at) / 1_000) * this.bytesASecond : this.bytesASecond;
    const share = Math.min(this.bytesASecond, saved);
    const price = Math.max(bytes, LEAST_BYTES);
    const fits = price <= share;
    // One that is not read costs nothing: who asks for a little too much has most of it.
    this.senders.set(sender, { left: fits ? share - price : share, at: now });
    return fits;
  }
}
