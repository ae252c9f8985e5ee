import {
  describeView,
  subjects,
  type ViewDelta,
  type ViewHead,
  type ViewPage,
  type WindowAsked,
  type WindowPage,
} from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import { Background, Bus, pause, rejectionOf } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ViewCache } from './view-cache.js';
import { Windows } from './windows.js';

const REQUEST_MS = 2_000;
const DEADLINE_MS = 5_000;
const EVICT_EVERY_MS = 10_000;

/**
 * Feeds whole views and windows from NATS. Plain subscriptions without a queue group: every gateway sees every delta, since each
 * has its own sockets.
 */
@Injectable()
export class ViewFeed implements OnApplicationBootstrap {
  readonly cache = new ViewCache((kind, id, after) => this.query<ViewPage>(kind, { id, ...(after !== undefined && { after }) }));
  readonly windows = new Windows((kind, id, asked) => this.readWindow(kind, id, asked));

  constructor(
    private readonly bus: Bus,
    private readonly background: Background,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.view('*', '*'), (message) => {
      const [kind = '', id = ''] = message.subject.split('.').slice(-2);
      // Most deltas are of views that nobody here looks at.
      const [isKept, isLookedAt] = [this.cache.has(kind, id), this.windows.has(kind, id)];
      if (!isKept && !isLookedAt) return;
      const delta = message.json<ViewDelta>();
      if (isKept) this.cache.delta(delta);
      if (isLookedAt) this.windows.delta(delta);
    });
    this.bus.subscribe(subjects.viewHead('*'), (message) => {
      for (const head of message.json<ViewHead[]>()) {
        this.cache.head(head);
        this.windows.head(head);
      }
    });
    this.bus.onReconnect(() => {
      this.cache.refreshAll();
      this.windows.refreshAll();
    });
    this.background.run('view-cache', async (signal) => {
      while (!signal.aborted) {
        await pause(EVICT_EVERY_MS, signal);
        this.cache.evict();
      }
    });
  }

  /** What a window shows now. @throws Rejection */
  readWindow(kind: string, id: string, window: WindowAsked): Promise<WindowPage> {
    return this.query<WindowPage>(kind, { id, window });
  }

  private async query<T extends object>(kind: string, query: object): Promise<T> {
    const view = describeView(kind);
    if (!view) throw new Rejection('not_found', { detail: `There is no view ${kind}.` });
    const subject = subjects.query(view.context, kind, 'gateway');
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const refusal = await this.ask<T>(subject, query).catch((error: unknown) => error);
      if (!(refusal instanceof Error)) return refusal as T;
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

  private async ask<T extends object>(subject: string, query: object): Promise<T> {
    const answer = await this.bus.request<T & { problem?: Parameters<typeof rejectionOf>[0] }>(subject, query, REQUEST_MS);
    if (answer.problem) throw rejectionOf(answer.problem);
    return answer;
  }
}
