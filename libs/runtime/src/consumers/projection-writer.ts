import type { Fact } from '@agencyos/contracts';
import type { EntityManager } from 'typeorm';
import type { Projection } from '../service-definition.js';
import { switchEpoch, type Epoch } from './epochs.js';
import { ProjectionRows, type ViewChange } from './projection-rows.js';
import type { ProjectorDependencies } from './projector.js';
import type { Aside, SetAside } from './set-aside.js';
import type { Standing } from './standing.js';
import { ViewGaps, viewsOf } from './view-gaps.js';
import { rowsJson } from './view-json.js';
import { ViewNews, type Marked } from './view-news.js';

const writing = (write: 'write_views' | 'write_listed_views') =>
  `SELECT set_config('synchronous_commit', 'off', true), ${write}($1, $2, $3, $4, $5, $6, $7) AS before,
  (SELECT stale FROM projection WHERE epoch = $2) AS stale`;
const WRITE_VIEWS = writing('write_views');
const WRITE_LISTED_VIEWS = writing('write_listed_views');

/** What one run of a projection writes, and tells readers of: rows, gaps, what was set aside, the position. */
export class ProjectionWriter {
  /** By `performance.now()`. */
  writtenAt = 0;
  private readonly gaps: ViewGaps;
  private readonly news: ViewNews;

  constructor(
    private readonly projection: Projection,
    private readonly epoch: Epoch,
    private readonly aside: SetAside,
    private readonly dependencies: ProjectorDependencies,
    private readonly standing: Standing,
  ) {
    this.gaps = new ViewGaps(epoch.epoch);
    this.news = new ViewNews(epoch, this.gaps, dependencies);
  }

  async load(): Promise<void> {
    await this.gaps.load(this.dependencies.database);
    await this.news.load();
  }

  repeat(signal: AbortSignal): Promise<void> {
    return this.news.repeat(signal);
  }

  /**
   * Rows, heads and position in one statement, with what was set aside until there; then tells readers. Its commit
   * does not wait for the disk: a PostgreSQL that is killed loses rows and position together, and breaks the session
   * of the election, so the projector starts again at the position that is left.
   */
  async write(
    changes: ViewChange[],
    position: bigint,
    part: { except?: Aside; also?(manager: EntityManager): Promise<void> } = {},
  ): Promise<void> {
    const { database, metrics } = this.dependencies;
    const { epoch, name } = { epoch: this.epoch, name: this.projection.name };
    const { puts, deletes, listed } = rowsJson(changes);
    const statement = listed ? WRITE_LISTED_VIEWS : WRITE_VIEWS;
    const heads = JSON.stringify(changes.map(({ kind, id, to }) => ({ kind, id, to })));
    const values = [name, epoch.epoch, String(epoch.written), String(position), heads, puts, deletes];
    const asides = this.aside.upTo(position).filter((aside) => aside !== part.except);
    const marked: Marked[] = [];
    type Answer = [{ before: { kind: string; id: string; revision: number }[]; stale: boolean }];
    const [{ before, stale }] =
      asides.length === 0 && !part.also
        ? ((await database.query(statement, values)) as Answer)
        : await database.transaction(async (manager) => {
            const answer = (await manager.query(statement, values)) as Answer;
            await this.aside.store(manager, asides);
            for (const { fact } of asides) if (this.aside.isParked(fact.stream)) marked.push(await this.mark(manager, fact));
            await part.also?.(manager);
            return answer;
          });
    epoch.written = position;
    this.writtenAt = performance.now();
    this.aside.stored(asides);
    for (const { fact, cause } of asides)
      if (this.aside.isParked(fact.stream)) this.standing.parks(`${fact.type} of ${fact.stream}: ${cause}`);
    this.standing.at(position);
    metrics.consumerPosition.set({ consumer: name }, Number(position));
    this.news.changed(changes, before);
    await this.news.marked(marked);
    if (stale && epoch.active) throw new Error(`the views of ${name} are built anew`);
  }

  async park(stream: string, cause: string): Promise<void> {
    const { database, logger, metrics } = this.dependencies;
    const { name } = this.projection;
    let facts: Fact[] = [];
    const marked: Marked[] = [];
    await database.transaction(async (manager) => {
      facts = await this.aside.park(manager, stream);
      for (const fact of facts) marked.push(await this.mark(manager, fact));
    });
    this.aside.parks(stream);
    this.standing.passes(stream);
    for (const _ of facts) this.standing.parks(cause);
    metrics.parked.set({ consumer: name }, this.standing.parked);
    logger.error({ projection: name, stream, facts: facts.length, cause }, 'facts parked; what they change is marked incomplete');
    await this.news.marked(marked);
  }

  async switchTo(): Promise<void> {
    const { database, logger } = this.dependencies;
    await switchEpoch(database, this.projection, this.epoch);
    this.epoch.active = true;
    logger.info({ projection: this.projection.name, version: this.epoch.version }, 'new version is in use');
    await this.news.all();
  }

  private async mark(manager: EntityManager, fact: Fact): Promise<Marked> {
    const views = await viewsOf(fact, this.projection, new ProjectionRows(this.dependencies.database, this.epoch.epoch, false));
    await this.gaps.add(manager, views, fact.position);
    return { views, position: fact.position };
  }
}
