import { ids, newId } from '@agencyos/contracts';
import { InvalidAppend, StoreRefused } from '@agencyos/runtime';
import { setTimeout as delay } from 'node:timers/promises';

const CONTENDED_STREAMS = 4;
/** Every tenth append goes to a stream that all writers write to. */
const CONTENDED_EVERY = 10;
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** 48 bits of a UUID as a number: a log of millions of events is remembered in a few megabytes. */
export const shortId = (id) => parseInt(id.slice(-12), 16);

/**
 * Writers with a stream each, and some streams in common. They append as the runtime's stream actor does: an append
 * whose outcome is unknown is repeated unchanged.
 */
export class SoakWriters {
  /** By stream, what was acknowledged at each revision: event's short id, and its position where that was told. */
  acknowledgedStreams = new Map();
  /** Short ids of what was refused because another append came first. */
  refused = new Set();
  /** What must not happen. */
  wrong = [];
  counts = {
    appends: 0,
    events: 0,
    repeatedAfterFailure: 0,
    answeredAsRepeat: 0,
    conflicts: 0,
    failures: {},
  };
  lastPosition = 0n;
  #stopped = false;
  #lastAt = performance.now();
  #longest = 0;

  constructor(stores, category) {
    this.stores = stores;
    this.contended = Array.from({ length: CONTENDED_STREAMS }, (_, n) => ({
      stream: `${category}-shared${n}`,
      shared: true,
    }));
    this.category = category;
  }

  async run(writers, thinkMs) {
    await Promise.all(Array.from({ length: writers }, (_, n) => this.#write(n, thinkMs)));
  }

  stop() {
    this.#stopped = true;
  }

  /** Resolves when so many more appends have been acknowledged. */
  async acknowledged(appends) {
    const enough = this.counts.appends + appends;
    while (this.counts.appends < enough) await delay(50);
  }

  /** The longest time without an acknowledgement since this was asked before. */
  longestPause() {
    const longest = Math.max(this.#longest, performance.now() - this.#lastAt);
    this.#longest = 0;
    return longest;
  }

  progress() {
    const { appends, repeatedAfterFailure, conflicts } = this.counts;
    const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
    return `${appends} appends acknowledged, ${repeatedAfterFailure} repeated, ${conflicts} conflicts, ${megabytes} MiB here`;
  }

  async #write(n, thinkMs) {
    const store = this.stores[n % this.stores.length];
    const own = { stream: `${this.category}-${n}`, revision: -1 };
    // What this writer believes of the streams in common, which the others outdate.
    const common = this.contended.map((target) => ({ ...target, revision: -1 }));
    for (let round = 0; !this.#stopped; round++) {
      const target = round % CONTENDED_EVERY === 0 ? common[(round / CONTENDED_EVERY) % common.length] : own;
      await this.#append(store, target, 1 + (round % 3));
      await delay(thinkMs * (0.5 + Math.random()));
    }
  }

  async #append(store, target, size) {
    const append = sampleAppend(target, size);
    const { result, tries } = await this.#untilKnown(store, append);
    if (tries > 1) this.counts.repeatedAfterFailure++;
    if (result.status === 'conflict') {
      this.counts.conflicts++;
      target.revision = result.revision;
      for (const { id } of append.events) this.refused.add(shortId(id));
      if (!target.shared) this.wrong.push(`${target.stream}: conflict in a stream of one writer, try ${tries}`);
      return;
    }
    if (result.status === 'repeat') this.counts.answeredAsRepeat++;
    const [answer] = result.answers;
    const [command] = append.commands;
    if (answer?.commandId !== command.commandId || answer.revision !== command.revision || answer.stream !== target.stream) {
      this.wrong.push(`${target.stream}: command ${command.commandId} was given another one's answer`);
    }
    this.#remember(append, answer.position);
    target.revision += size;
  }

  async #untilKnown(store, append) {
    for (let tries = 1; ; tries++) {
      try {
        return { result: await store.append(append), tries };
      } catch (error) {
        if (error instanceof InvalidAppend || error instanceof StoreRefused) throw error;
        const { name } = (error.cause ?? error).constructor;
        this.counts.failures[name] = (this.counts.failures[name] ?? 0) + 1;
        await delay(Math.min(50 * 2 ** Math.min(tries, 4), 500) * (0.5 + Math.random() / 2));
      }
    }
  }

  #remember({ stream, expectedRevision, events }, position) {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#lastAt);
    this.#lastAt = now;
    this.counts.appends++;
    this.counts.events += events.length;
    if (position > this.lastPosition) this.lastPosition = position;
    let known = this.acknowledgedStreams.get(stream);
    if (!known) this.acknowledgedStreams.set(stream, (known = { ids: [], positions: [] }));
    for (const [n, { id }] of events.entries()) {
      const revision = expectedRevision + 1 + n;
      if (known.ids[revision] !== undefined) this.wrong.push(`${stream}: revision ${revision} was acknowledged twice`);
      known.ids[revision] = shortId(id);
      known.positions[revision] = n === events.length - 1 ? Number(position) : 0;
    }
  }
}

function sampleAppend({ stream, revision }, size) {
  const commandId = newId();
  const events = Array.from({ length: size }, (_, n) => ({
    id: ids.event(commandId, stream, n),
    type: 'CardMoved',
    schema: 1,
    data: {
      boardId: stream,
      cardId: commandId,
      fromColumnId: commandId,
      toColumnId: commandId,
      rank: 'a0V',
      at: Date.now(),
    },
    metadata: {
      commandId,
      commandDigest: DIGEST,
      correlationId: commandId,
      causationId: commandId,
      actor: 'service:kanban',
      depth: 0,
      recordedAt: new Date().toISOString(),
    },
  }));
  return {
    stream,
    expectedRevision: revision,
    events,
    commands: [{ commandId, principal: 'service:kanban', digest: DIGEST, revision: revision + size }],
  };
}
