import type { Fact } from '@agencyos/contracts';
import type { EntityManager } from 'typeorm';
import { describeError, pause, together, Wake } from '../background.js';
import type { Projection } from '../service-definition.js';
import type { Epoch } from './epochs.js';
import type { FactBatch } from './feed.js';
import { isOfAFact } from './parking.js';
import { ProjectionRows } from './projection-rows.js';
import { ProjectionWriter } from './projection-writer.js';
import type { ProjectorDependencies } from './projector.js';
import { SetAside } from './set-aside.js';
import type { Standing } from './standing.js';

/** Where nothing changed but the position, it is written as often as this: a restart reads that much again. */
const POSITION_EVERY_MS = 1_000;
/** While an epoch is built nobody reads it, so that many changed rows are written together. */
const BUILT_ROWS = 10_000;
/** With so many facts that could not be taken and none that could, the next one is not looked at. */
const MOST_UNPROVEN = 100;
const TRY_AGAIN_MS = 1_000;

/** One run of a projection, from the position of its epoch on. */
export class ProjectionRun {
  private readonly writer: ProjectionWriter;
  private readonly aside: SetAside;
  private readonly setAside = new Wake();
  private rows: ProjectionRows;
  /** Only from here on several batches are written together: before stands a fact that fails. */
  private collectFrom = 0n;
  private target = 0n;
  private handled = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private reading = new AbortController();

  constructor(
    private readonly projection: Projection,
    private readonly epoch: Epoch,
    private readonly dependencies: ProjectorDependencies,
    private readonly standing: Standing,
  ) {
    this.aside = new SetAside(projection.name, epoch.epoch, () => this.handled, dependencies.clock);
    this.writer = new ProjectionWriter(projection, epoch, this.aside, dependencies, standing);
    this.rows = this.newRows(epoch.written === 0n);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { database, store } = this.dependencies;
    this.standing.hasParked(await this.aside.load(database));
    await this.writer.load();
    this.target = this.epoch.active ? 0n : await store.head();
    await together(
      signal,
      (ended) => this.follow(ended),
      (ended) => this.writer.repeat(ended),
      (ended) => this.tryAgain(ended),
    );
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { feed } = this.dependencies;
    while (!signal.aborted) {
      // Only who fails again is anybody's trouble.
      for (const stream of this.aside.startOver()) this.standing.passes(stream);
      const { signal: again } = (this.reading = new AbortController());
      const stop = AbortSignal.any([signal, again]);
      for await (const batch of feed.follow(this.epoch.written, this.projection.categories, stop)) {
        this.standing.goesOn();
        while (this.aside.unproven >= MOST_UNPROVEN && !stop.aborted) await pause(TRY_AGAIN_MS, stop);
        if (!(await this.alone(async () => !stop.aborted && (await this.take(batch))))) break;
      }
    }
  }

  /** False when the log has to be read again from the position. */
  private async take({ facts: given, position }: FactBatch): Promise<boolean> {
    const collected = this.rows.changed > 0;
    const facts = given.filter((fact) => !this.aside.keeps(fact));
    try {
      await this.takeBatch(facts, position, facts.length < given.length);
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      this.rows = this.newRows();
      this.collectFrom = position;
      if (collected) return false;
      await this.takeApart(facts);
      if (this.aside.unproven === 0) await this.writer.write([], position);
    }
    if (!this.epoch.active && this.epoch.written >= this.target) await this.writer.switchTo();
    return true;
  }

  private async takeBatch(facts: Fact[], position: bigint, hasAside: boolean): Promise<void> {
    await this.rows.foresee(facts, this.projection.project.bind(this.projection));
    for (const fact of facts) await this.project(fact, this.rows, Number(fact.position));
    const building = !this.epoch.active && position < this.target && position > this.collectFrom;
    if (building && this.rows.changed < BUILT_ROWS) return;
    if (facts.length === 0 && this.aside.unproven > 0) return;
    const changes = this.rows.take();
    if (changes.length > 0 || hasAside || performance.now() >= this.writer.writtenAt + POSITION_EVERY_MS)
      await this.writer.write(changes, position);
    // Written or not, it has got so far: the log may end here for hours.
    else this.standing.at(position);
    this.handled += facts.length;
  }

  /** One of them cannot be taken: halved until it stands alone. */
  private async takeApart(given: readonly Fact[]): Promise<void> {
    const facts = given.filter((fact) => !this.aside.keeps(fact));
    const last = facts.at(-1);
    if (!last) return;
    try {
      for (const fact of facts) await this.project(fact, this.rows, Number(fact.position));
      await this.writer.write(this.rows.take(), BigInt(last.position));
      this.handled += facts.length;
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      this.rows = this.newRows();
      if (facts.length === 1) return this.putAside(last, error);
      const half = Math.ceil(facts.length / 2);
      await this.takeApart(facts.slice(0, half));
      await this.takeApart(facts.slice(half));
    }
  }

  private async putAside(fact: Fact, error: unknown): Promise<void> {
    const { logger, receivers } = this.dependencies;
    const { stream, position, type } = fact;
    const cause = describeError(error);
    logger.warn(
      { projection: this.projection.name, stream, position, type, error: cause },
      'a fact could not be projected; others go on',
    );
    this.aside.add(fact, cause.message);
    this.aside.troubleOf(stream).failed(await receivers.ready());
    this.setAside.wake();
  }

  /** Facts that could not be projected, once more. */
  private async tryAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.aside.tried.length === 0) await this.setAside.wait(60_000, signal);
      await pause(TRY_AGAIN_MS * (0.75 + Math.random() / 2), signal);
      for (const stream of this.aside.tried) {
        if (!signal.aborted && !this.reading.signal.aborted) await this.alone(() => this.tryFirst(stream));
      }
    }
  }

  private async tryFirst(stream: string): Promise<void> {
    const { database, receivers } = this.dependencies;
    // What is being built and not written yet comes first.
    if (this.rows.changed > 0) return;
    const first = await this.aside.first(database, stream);
    if (!first) return;
    const { fact } = first;
    const rows = this.newRows();
    const stored = this.aside.isStored(stream);
    const position = stored ? this.epoch.written : BigInt(fact.position);
    try {
      await this.project(fact, rows, Number(position));
      const taken = (manager: EntityManager) => this.aside.remove(manager, fact);
      await this.writer.write(rows.take(), position, { except: first, also: taken });
    } catch (error) {
      if (!isOfAFact(error)) throw error;
      const cause = `${fact.type} of ${stream}: ${describeError(error).message}`;
      const trouble = this.aside.troubleOf(stream);
      const verdict = trouble.failed(await receivers.ready());
      if (verdict === 'park' && stored) await this.writer.park(stream, cause);
      else if (verdict !== 'wait') this.standing.fails(stream, trouble.lastsMs, cause);
      return;
    }
    this.rows = this.newRows();
    this.handled++;
    this.standing.passes(stream);
    await this.aside.removed(database, fact);
    // The first that could be taken since everything failed: those behind it are read again, in order.
    if (!stored) this.reading.abort();
  }

  private async project(fact: Fact, rows: ProjectionRows, position: number): Promise<void> {
    rows.position = position;
    await this.projection.project(fact, rows);
  }

  /** The reading and the trying again take turns: one of them writes at a time. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private newRows(isNew = false): ProjectionRows {
    return new ProjectionRows(this.dependencies.database, this.epoch.epoch, isNew);
  }
}
