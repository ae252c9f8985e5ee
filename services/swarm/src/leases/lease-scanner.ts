import { ids, LimitedUsage } from '@agencyos/contracts';
import { isFinal, pause, type Bus, type Commands } from '@agencyos/runtime';
import type { LeaseTable, Look, LostLease } from './lease-table.js';

/** Between two looks: until the next lease may run out, but within these. A lease lasts a second at least. */
const SHORTEST_MS = 50;
const LONGEST_MS = 500;
/** Who reports a loss and gets no answer tries again after this. */
const RETRY_MS = 200;
const PER_SCAN = 100;

/** Reports leases that have run out. One process does it at a time. */
export class LeaseScanner {
  constructor(
    private readonly leases: LeaseTable,
    private readonly commands: Commands,
    private readonly bus: Bus,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Deaf, it would take silence for death. The silence counts as an outage afterwards.
      const look: Look = this.bus.connected ? await this.leases.scan(PER_SCAN) : { lost: [] };
      const { lost, nextMs = LONGEST_MS } = look;
      if (lost.length > 0) await this.report(lost);
      if (lost.length === PER_SCAN) continue;
      await pause(lost.length > 0 ? RETRY_MS : Math.min(Math.max(nextMs, SHORTEST_MS), LONGEST_MS), signal);
    }
  }

  private async report(lost: LostLease[]): Promise<void> {
    const answers = await this.commands.send(
      lost.map(({ runId, taskId, attempt, eventId, lastSeenAt, usage }) => ({
        id: ids.timerCommand(eventId, 'lease'),
        type: 'ExpireLease',
        // Rows of older versions may hold what the command does not take; the lease ends all the same.
        data: { runId, taskId, attempt, lastSeenAt, ...(LimitedUsage.safeParse(usage).success && { usage }) },
        metadata: { causationId: eventId },
      })),
    );
    for (const [index, answer] of answers.entries()) {
      // Without an answer the row stays marked and is reported again under the same id.
      if ('problem' in answer && !isFinal(answer.problem)) continue;
      await this.leases.end(lost[index]!);
    }
  }
}
