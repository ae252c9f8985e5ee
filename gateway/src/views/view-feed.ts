import { describeView, subjects, type ViewDelta, type ViewHead, type ViewPage } from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import { Background, Bus, pause, rejectionOf } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ViewCache } from './view-cache.js';

const REQUEST_MS = 2_000;
const DEADLINE_MS = 5_000;
const EVICT_EVERY_MS = 10_000;

/**
 * Feeds the cache from NATS. Plain subscriptions without a queue group: every gateway sees every delta, since each
 * has its own sockets.
 */
@Injectable()
export class ViewFeed implements OnApplicationBootstrap {
  readonly cache = new ViewCache((kind, id, after) => this.page(kind, id, after));

  constructor(
    private readonly bus: Bus,
    private readonly background: Background,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.view('*', '*'), (message) => {
      const [kind = '', id = ''] = message.subject.split('.').slice(-2);
      // Most deltas are of views that nobody here looks at.
      if (this.cache.has(kind, id)) this.cache.delta(message.json<ViewDelta>());
    });
    this.bus.subscribe(subjects.viewHead('*'), (message) => {
      for (const head of message.json<ViewHead[]>()) this.cache.head(head);
    });
    this.bus.onReconnect(() => this.cache.refreshAll());
    this.background.run('view-cache', async (signal) => {
      while (!signal.aborted) {
        await pause(EVICT_EVERY_MS, signal);
        this.cache.evict();
      }
    });
  }

  private async page(kind: string, id: string, after?: string): Promise<ViewPage> {
    const view = describeView(kind);
    if (!view) throw new Rejection('not_found', { detail: `There is no view ${kind}.` });
    const subject = subjects.query(view.context, kind, 'gateway');
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const refusal = await this.ask(subject, { id, ...(after !== undefined && { after }) }).catch((error: unknown) => error);
      if (!(refusal instanceof Error)) return refusal as ViewPage;
      if (isRejection(refusal) && refusal.status < 500) throw refusal;
      if (performance.now() > deadline) {
        throw new Rejection('busy', {
          detail: `The view ${kind} does not answer right now.`,
          retryAfterMs: 1_000,
        });
      }
      await pause(100);
    }
  }

  private async ask(subject: string, query: object): Promise<ViewPage> {
    const answer = await this.bus.request<ViewPage & { problem?: Parameters<typeof rejectionOf>[0] }>(subject, query, REQUEST_MS);
    if (answer.problem) throw rejectionOf(answer.problem);
    return answer;
  }
}
