import { postgresOf } from '@agencyos/supervisor';
import { PostgresEventStore } from '@agencyos/runtime';
import { projectRoot } from './installation.mjs';

const LIMIT_MS = 90_000;
/** What means that nobody repairs the target any more until a person acts. */
const GIVEN_UP = new Set(['IncidentReopened', 'IncidentEscalated', 'RepairDeclined', 'RepairFailed']);

/** What an installation's log says from now on, as it is written: times are those of the facts themselves. */
export class IncidentLog {
  facts = [];
  waiting = new Set();
  stopped = new AbortController();

  static async of(installation) {
    const { url } = await postgresOf(installation.dataDir, projectRoot);
    const log = new IncidentLog(new PostgresEventStore({ url, name: 'benchmark' }));
    await log.begin();
    return log;
  }

  constructor(store) {
    this.store = store;
  }

  async begin() {
    const head = await this.store.head();
    this.following = this.follow(head);
  }

  async follow(head) {
    const categories = ['target', 'incident', 'repair', 'run'];
    for await (const { events } of this.store.subscribe(head, { categories, signal: this.stopped.signal })) {
      for (const { type, data, metadata } of events) this.facts.push({ type, data, at: Date.parse(metadata.recordedAt) });
      for (const look of this.waiting) look();
    }
  }

  /** Events of one stream so far. */
  async stream(name) {
    const events = [];
    for await (const event of this.store.read(name)) events.push(event);
    return events;
  }

  /** How many facts there are: a point from which `next` may look. */
  get length() {
    return this.facts.length;
  }

  /** The first fact from a point on that `matches`. @throws when there is none within a minute and a half */
  next(from, what, matches) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.facts.slice(from).find(matches);
        if (found) end(() => resolve(found));
      };
      const end = (settle) => {
        clearTimeout(limit);
        this.waiting.delete(look);
        settle();
      };
      const late = () => end(() => reject(new Error(`the log never told: ${what}; it told ${this.story(from)}`)));
      const limit = setTimeout(late, LIMIT_MS);
      this.waiting.add(look);
      look();
    });
  }

  /** Rejects as soon as a person is asked to look after the incident. */
  async unlessGivenUp(from, incidentId) {
    const { type, data } = await this.next(
      from,
      'an end',
      (fact) => fact.data.incidentId === incidentId && (GIVEN_UP.has(fact.type) || fact.type === 'IncidentResolved'),
    );
    if (type !== 'IncidentResolved') throw new Error(`the healer gave up: ${type} ${JSON.stringify(data)}; ${this.story(from)}`);
  }

  story(from) {
    return this.facts
      .slice(from)
      .map(({ type, data }) => `${type} ${data.targetId ?? data.repairId ?? data.incidentId ?? data.runId}`)
      .join(', ');
  }

  async stop() {
    this.stopped.abort();
    await this.store.close();
    await this.following;
  }
}
