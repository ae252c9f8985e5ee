import type { AnyAggregate } from '../service-definition.js';
import type { TraceContext } from '../telemetry.js';
import type { Answer, Pending } from './decide-batch.js';
import { StreamActor, type ActorOptions } from './stream-actor.js';

const KEPT_STREAMS = 2_000;

/** The actors of one aggregate's streams in this process; the least recently used idle ones are let go. */
export class AggregateHost {
  private readonly actors = new Map<string, StreamActor>();

  constructor(
    readonly aggregate: AnyAggregate,
    private readonly options: ActorOptions,
    private readonly keptStreams = KEPT_STREAMS,
  ) {}

  streamOf(data: Record<string, unknown>): string {
    const { aggregate } = this;
    const id = aggregate.idOf
      ? aggregate.idOf(data)
      : aggregate.commands.idField
        ? String(data[aggregate.commands.idField])
        : 'main';
    return `${aggregate.category}-${id}`;
  }

  execute(command: Pending['command'], digest: string, trace: TraceContext): Promise<Answer> {
    const stream = this.streamOf(command.data);
    return new Promise((resolve, reject) => this.actor(stream).submit({ command, digest, trace, resolve, reject }));
  }

  private actor(stream: string): StreamActor {
    let actor = this.actors.get(stream);
    if (actor) {
      // Re-inserting keeps the map ordered by last use.
      this.actors.delete(stream);
    } else {
      actor = new StreamActor(stream, this.aggregate, this.options);
    }
    this.actors.set(stream, actor);
    for (const [name, candidate] of this.actors) {
      if (this.actors.size <= this.keptStreams) break;
      if (candidate.idle && candidate !== actor) this.actors.delete(name);
    }
    return actor;
  }
}
