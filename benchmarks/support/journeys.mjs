import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from './measure.mjs';

const LOST_AFTER_MS = 60_000;

/**
 * Numbered events of several lanes on their way to one or several ends, at which they come out in the order of their
 * lane. Times are taken when an event sets out, so whatever holds it up afterwards counts.
 */
export class Journeys {
  constructor(lanes, ends) {
    this.started = Array.from({ length: lanes }, () => []);
    this.ends = new Map(ends.map((end) => [end, { arrived: new Array(lanes).fill(0), latencies: [] }]));
    this.wake = new Array(lanes);
  }

  start(lane) {
    this.started[lane].push(performance.now());
  }

  /** The lane's events up to the nth (from 1) have come out; without `count` one more. */
  arrive(end, lane, count = this.ends.get(end).arrived[lane] + 1) {
    const now = performance.now();
    const { arrived, latencies } = this.ends.get(end);
    if (count > this.started[lane].length) throw new Error(`${end}: more came out of lane ${lane} than went in`);
    while (arrived[lane] < count) latencies.push(now - this.started[lane][arrived[lane]++]);
    this.wake[lane]?.();
  }

  /** Events of a lane that have not come out at every end. */
  underWay(lane) {
    const { length } = this.started[lane];
    return length - Math.min(...[...this.ends.values()].map(({ arrived }) => arrived[lane]));
  }

  /** Resolves when something comes out of the lane; one may wait for it. */
  change(lane) {
    return new Promise((resolve) => (this.wake[lane] = resolve));
  }

  /** Resolves when everything has come out. @throws Error when something was lost */
  async settled() {
    const deadline = performance.now() + LOST_AFTER_MS;
    while (this.started.some((_, lane) => this.underWay(lane) > 0)) {
      if (performance.now() > deadline) throw new Error('events were lost on their way');
      await delay(1);
    }
  }

  /** Figures by end since the last call. */
  take() {
    return Object.fromEntries(
      [...this.ends].map(([end, { latencies }]) => {
        const taken = latencies.splice(0);
        return [end, { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99), most: Math.max(...taken) }];
      }),
    );
  }
}

/** Sends at a fixed rate, one lane after another, whatever the answers; then waits for the last to come out. */
export async function steadily(journeys, { lanes, perSecond, ms, send }) {
  const total = Math.round((perSecond * ms) / 1_000);
  const startedAt = performance.now();
  const answers = [];
  for (let sent = 0; sent < total; await delay(1)) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000));
    for (; sent < due; sent++) answers.push(depart(journeys, sent % lanes, send));
  }
  await Promise.all(answers);
  await journeys.settled();
  return journeys.take();
}

/**
 * Sends as fast as events come out: at most `backlog` are under way, so the rate is one that every stage keeps up with
 * for as long as one likes.
 */
export async function flatOut(journeys, { lanes, backlog, ms, send }) {
  const startedAt = performance.now();
  const perLane = Math.ceil(backlog / lanes);
  let sent = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() - startedAt < ms) {
        if (journeys.underWay(lane) >= perLane) await journeys.change(lane);
        else {
          sent++;
          await depart(journeys, lane, send);
        }
      }
    }),
  );
  await journeys.settled();
  const perSecond = (sent * 1_000) / (performance.now() - startedAt);
  const ends = Object.values(journeys.take());
  return { perSecond, most: Math.max(...ends.map(({ most }) => most)) };
}

function depart(journeys, lane, send) {
  journeys.start(lane);
  return send(lane);
}
