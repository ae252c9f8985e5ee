import { cleanText, startOfText } from '@agencyos/contracts';
import { z } from 'zod';
import type { Transition } from './heartbeat-watch.js';

/** What a heartbeat says of consumers that stand still or have parked facts. */
const Troubled = z.array(
  z.object({
    consumer: z.string(),
    lag: z.number(),
    trouble: z.object({ why: z.string(), since: z.string(), cause: z.string() }),
  }),
);

/** The monitor of one service's consumers, and what its stream says at present. */
export interface WatchedConsumers {
  monitorId: string;
  clearForMs: number;
  breached: boolean;
}

interface Told {
  at: number;
  troubled: z.infer<typeof Troubled>;
}

/** An instance that has said nothing for so long says nothing any more; whether it lives is another monitor's. */
const SILENT_MS = 10_000;
const WINDOW_CHARACTERS = 190;

/** Judges what services say of their consumers. Pure: `now` is any monotonic clock in milliseconds. */
export class ConsumerWatch {
  private readonly watches = new Map<string, { expected: WatchedConsumers; told: Map<string, Told>; goodSince?: number }>();

  expect(service: string, expected: WatchedConsumers): void {
    const known = this.watches.get(service);
    if (known) known.expected = expected;
    else this.watches.set(service, { expected, told: new Map() });
  }

  heard(service: string, instanceId: string, consumers: unknown, now: number): void {
    const watch = this.watches.get(service);
    if (!watch) return;
    const troubled = Troubled.safeParse(consumers ?? []);
    watch.told.set(instanceId, { at: now, troubled: troubled.success ? troubled.data : [] });
  }

  left(service: string, instanceId: string): void {
    this.watches.get(service)?.told.delete(instanceId);
  }

  /** What it returns is repeated until `expect` says that it is known. @param wallMs now, in ms since 1970 */
  look(now: number, wallMs: number): (Transition & { window: string })[] {
    return [...this.watches.values()].flatMap((watch): (Transition & { window: string })[] => {
      const { expected, told } = watch;
      for (const [instanceId, { at }] of told) if (now - at > SILENT_MS) told.delete(instanceId);
      if (told.size === 0) return [];
      const instances = [...told].filter(([, { troubled }]) => troubled.length > 0);
      const all = instances.flatMap(([, { troubled }]) => troubled);
      const common = {
        monitorId: expected.monitorId,
        missed: all.length,
        instances: instances.map(([instanceId]) => instanceId),
      };
      const [first] = all;
      if (first) {
        delete watch.goodSince;
        const since = Date.parse(first.trouble.since);
        const sinceAgoMs = Number.isNaN(since) ? 0 : Math.max(wallMs - since, 0);
        return expected.breached ? [] : [{ ...common, state: 'breached', sinceAgoMs, window: sentence(first) }];
      }
      watch.goodSince ??= now;
      const goodForMs = now - watch.goodSince;
      if (!expected.breached || goodForMs < expected.clearForMs) return [];
      return [{ ...common, state: 'clear', sinceAgoMs: goodForMs, window: '' }];
    });
  }
}

const WHY: Record<string, string> = {
  failing: 'waits for a fact that fails',
  halted: 'halted before what it cannot read',
  parked: 'parked facts',
  standing: 'stands still',
};

function sentence({ consumer, trouble: { why, cause } }: Told['troubled'][number]): string {
  return startOfText(cleanText(`${consumer} ${WHY[why] ?? why}: ${cause}`), WINDOW_CHARACTERS);
}
