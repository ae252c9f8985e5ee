import type { Decider } from '@agencyos/decider';
import type { EventStore } from '@agencyos/runtime';
import { autonomyDecider } from '../autonomy/autonomy.decider.js';
import { healingDecider, modeFor } from '../healing/healing.decider.js';
import { incidentDecider } from '../incident/incident.decider.js';
import { monitorDecider } from '../monitor/monitor.decider.js';
import { repairDecider } from '../repair/repair.decider.js';
import { runbookDecider, type PublishedRunbook } from '../runbook/runbook.decider.js';
import { targetDecider } from '../target/target.decider.js';
import { autonomyId, type HealingState } from '@agencyos/contracts';
import type { Situation } from './situation.js';

type AnyMessage = { type: string; data: unknown };
interface Folded {
  state: unknown;
  revision: number;
}

const KEPT_STREAMS = 1_000;
const RUNBOOK_PAGE = 500;

/** Folds streams of this context with their own deciders; each is read once and then only from where it was left. */
export class LogSituation implements Situation {
  private readonly folded = new Map<string, Folded>();
  private readonly published = new Map<string, PublishedRunbook>();
  private runbooksRead = 0n;

  constructor(private readonly store: EventStore) {}

  monitor = (monitorId: string) => this.fold(`monitor-${monitorId}`, monitorDecider);
  target = (targetId: string) => this.fold(`target-${targetId}`, targetDecider);
  incident = (incidentId: string) => this.fold(`incident-${incidentId}`, incidentDecider);
  repair = (repairId: string) => this.fold(`repair-${repairId}`, repairDecider);

  async runbooks(): Promise<PublishedRunbook[]> {
    for (;;) {
      const page = { limit: RUNBOOK_PAGE, categories: ['runbook'] };
      const { events, position } = await this.store.readAll(this.runbooksRead, page);
      for (const { data } of events) {
        const { published } = runbookDecider.evolve({}, { type: 'RunbookPublished', data } as never, NOBODY);
        if (published) this.published.set(published.runbookId, published);
      }
      this.runbooksRead = position;
      if (events.length < RUNBOOK_PAGE) break;
    }
    return [...this.published.values()].sort((a, b) => (a.runbookId < b.runbookId ? -1 : 1));
  }

  autonomy = (runbookId: string, targetId: string) =>
    this.fold(`autonomy-${autonomyId({ runbookId, targetId })}`, autonomyDecider);

  async mode(targetId: string): Promise<HealingState> {
    return modeFor(await this.fold('healing-main', healingDecider), targetId);
  }

  private async fold<C extends AnyMessage, S, E extends AnyMessage>(stream: string, decider: Decider<C, S, E>): Promise<S> {
    let { state, revision } = this.folded.get(stream) ?? { state: decider.initialState, revision: -1 };
    for await (const event of this.store.read(stream, revision + 1)) {
      const { recordedAt, actor } = event.metadata;
      const recorded = { revision: event.revision, recordedAt, actor };
      state = decider.evolve(state as S, { type: event.type, data: event.data } as unknown as E, recorded);
      revision = event.revision;
    }
    this.keep(stream, { state, revision });
    return state as S;
  }

  /** The least recently used is let go; it would be read again from its start. */
  private keep(stream: string, folded: Folded): void {
    const newer = this.folded.get(stream);
    this.folded.delete(stream);
    this.folded.set(stream, newer && newer.revision > folded.revision ? newer : folded);
    if (this.folded.size > KEPT_STREAMS) this.folded.delete(this.folded.keys().next().value!);
  }
}

const NOBODY = { revision: 0, recordedAt: '', actor: 'service:healer' };
