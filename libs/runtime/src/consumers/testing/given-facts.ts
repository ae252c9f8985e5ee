import { toCloudEvent, type Fact } from '@agencyos/contracts';
import type { Msg } from '@nats-io/transport-node';
import { Wake } from '../../background.js';
import type { Bus } from '../../messaging/bus.js';
import type { FactBatch, Feed } from '../feed.js';

export { factAt } from '@agencyos/testing/facts';

/** Facts as they are given to it, in batches as they were given. */
export class GivenFeed implements Feed {
  private readonly batches: FactBatch[] = [];
  private readonly wake = new Wake();
  /** From where on it was followed, each time. */
  readonly followed: bigint[] = [];

  give(...facts: Fact[]): void {
    this.giveUpTo(Number(facts.at(-1)!.position), ...facts);
  }

  giveUpTo(position: number, ...facts: Fact[]): void {
    this.batches.push({ facts, position: BigInt(position) });
    this.wake.wake();
  }

  async *follow(after: bigint, _categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch> {
    this.followed.push(after);
    for (let next = 0; !signal.aborted;) {
      const batch = this.batches[next];
      if (!batch) {
        await this.wake.wait(3_600_000, signal);
        continue;
      }
      next++;
      const facts = batch.facts.filter(({ position }) => BigInt(position) > after);
      if (batch.position > after) yield { facts, position: batch.position };
    }
  }
}

/** NATS as the feed sees it: messages arrive when a test says so. */
export class ToldBus {
  private handle: (message: Msg) => void = () => undefined;
  private readonly reconnected = new Set<() => void>();

  get bus(): Bus {
    return this as unknown as Bus;
  }

  subscribe(_subject: string, handle: (message: Msg) => void): void {
    this.handle = handle;
  }

  onReconnect(listener: () => void): () => void {
    this.reconnected.add(listener);
    return () => this.reconnected.delete(listener);
  }

  get listeners(): number {
    return this.reconnected.size;
  }

  reconnect(): void {
    for (const listener of this.reconnected) listener();
  }

  /** @param previous position of the event published just before; undefined: the message does not say */
  arrives(fact: Fact, previous?: number): void {
    const [category] = fact.stream.split('-');
    const head: Record<string, string> = { 'Agencyos-Position': fact.position };
    if (previous !== undefined) head['Agencyos-Previous'] = String(previous);
    this.handle({
      subject: `agencyos.evt.${fact.context}.${category}.${fact.type}.1`,
      headers: { get: (name: string) => head[name] ?? '' },
      json: () => JSON.parse(JSON.stringify(toCloudEvent(fact, 'here'))) as unknown,
    } as unknown as Msg);
  }
}

/** Lets everything that waits for no time go on until the condition holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns++) {
    if (turns === 2_000) throw new Error(`waited in vain for ${String(holds)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Everything that waits for no time has happened. */
export async function turns(count = 20): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}
