import { ids } from '@agencyos/contracts';
import { isFinal, pause, type Bus, type Commands } from '@agencyos/runtime';
import type { LeaseTable, LostLease } from './lease-table.js';

const SCAN_MS = 200;
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
      if (this.bus.connected) {
        const lost = await this.leases.scan(PER_SCAN);
        if (lost.length > 0) await this.report(lost);
        if (lost.length === PER_SCAN) continue;
      }
      await pause(SCAN_MS, signal);
    }
  }

  private async report(lost: LostLease[]): Promise<void> {
    const answers = await this.commands.send(
      lost.map(({ runId, taskId, attempt, eventId, lastSeenAt, usage }) => ({
        id: ids.timerCommand(eventId, 'lease'),
        type: 'ExpireLease',
        data: { runId, taskId, attempt, lastSeenAt, ...(usage && { usage }) },
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
