import { subjects } from '@agencyos/contracts';
import type { Bus } from '../messaging/bus.js';
import type { Readiness } from '../readiness.js';

/** An answer counts for so long: a thousand facts may fail together. */
const FRESH_MS = 1_000;
const TIMEOUT_MS = 1_500;

/** Whether those who take the effect of a fact are ready; no answer is no. */
export class Receivers {
  private readonly asked = new Map<string, { at: number; ready: Promise<boolean> }>();

  constructor(
    private readonly sender: string,
    private readonly readiness: Pick<Readiness, 'missing'>,
    private readonly bus: Pick<Bus, 'request'>,
  ) {}

  /** @param context of the command that was not answered; undefined: this process by itself */
  ready(context?: string): Promise<boolean> {
    const known = this.asked.get(context ?? '');
    if (known && performance.now() - known.at < FRESH_MS) return known.ready;
    const ready = this.ask(context).catch(() => false);
    this.asked.set(context ?? '', { at: performance.now(), ready });
    return ready;
  }

  private async ask(context?: string): Promise<boolean> {
    if (!context) return (await this.readiness.missing('self')).length === 0;
    const answer = await this.bus.request<{ missing?: unknown }>(subjects.query(context, 'ready', this.sender), {}, TIMEOUT_MS);
    return Array.isArray(answer.missing) && answer.missing.length === 0;
  }
}
