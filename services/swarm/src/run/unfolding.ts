import type { RunEvent } from '@agencyos/contracts';
import { evolveRun } from './evolve-run.js';
import { taskIdOf } from '../workflow/workflow-definition.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';

/** What is left of 500 events and 1 MiB when the facts that led here, the last step and the run's end have their place. */
export const PER_APPEND = { events: 460, bytes: 700_000, plannedBytes: 300_000 };
/** Facts after which something may begin, or be over, that stands before them in the plan. */
const STIRS: ReadonlySet<RunEvent['type']> = new Set([
  ...(['TaskFailed', 'GateRefused', 'TaskSkipped', 'ScopeOpened', 'ScopeClosed'] as const),
]);
/** What an event has beside its data, generously. */
const METADATA_BYTES = 1_024;

/** Facts that follow from a state, gathered while the state they lead to is kept. */
export class Unfolding {
  readonly events: RunEvent[] = [];
  /** What was looked at before may want attention again: something ended, or a group has begun or is decided. */
  again = false;
  /** Something is ready for which this append has no room. */
  deferred = false;
  private bytes = 0;

  constructor(
    public run: Run,
    readonly prepared: RunPrepared,
    readonly now: string,
  ) {}

  get full(): boolean {
    return this.events.length >= PER_APPEND.events || this.bytes >= PER_APPEND.bytes;
  }

  /** The task that a node of the workflow has become. */
  pathOf(nodeId: string): string {
    return taskIdOf(this.prepared.definition, nodeId);
  }

  add(event: RunEvent): void {
    this.events.push(event);
    this.bytes += Buffer.byteLength(JSON.stringify(event.data)) + METADATA_BYTES;
    this.again ||= STIRS.has(event.type);
    this.run = evolveRun(this.run, event, { revision: 0, recordedAt: this.now, actor: '' });
  }
}
