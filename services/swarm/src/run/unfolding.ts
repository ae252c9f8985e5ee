import type { RunEvent } from '@agencyos/contracts';
import { evolveRun } from './evolve-run.js';
import type { RunPrepared } from './run-command.js';
import type { Run } from './run-state.js';

/** What is left of 500 events and 1 MiB when the facts that led here, the last step and the run's end have their place. */
export const PER_APPEND = { events: 460, bytes: 700_000, plannedBytes: 300_000 };
/** What an event has beside its data, generously. */
const METADATA_BYTES = 1_024;

/** Facts that follow from a state, gathered while the state they lead to is kept. */
export class Unfolding {
  readonly events: RunEvent[] = [];
  /** A step could not even begin: what needs it is given up in the same append. */
  broke = false;
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

  add(event: RunEvent): void {
    this.events.push(event);
    this.bytes += Buffer.byteLength(JSON.stringify(event.data)) + METADATA_BYTES;
    this.broke ||= event.type === 'TaskFailed' || event.type === 'GateRefused';
    this.run = evolveRun(this.run, event, { revision: 0, recordedAt: this.now, actor: '' });
  }
}
