import { subjects } from '@agencyos/contracts';
import { Background, Bus, pause, Readiness } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

const SERVICES = ['kanban', 'swarm', 'approvals', 'healer'] as const;
/** How soon who does not answer is asked again, and who does. */
const RETRY_MS = 250;
const EVERY_MS = 2_000;
const FRESH_MS = 5_000;

/** Asks the services behind us all the time, so that readiness is known without asking. */
@Injectable()
export class ServicePings implements OnApplicationBootstrap {
  private readonly answeredAt = new Map<string, number>();

  constructor(
    private readonly bus: Bus,
    private readonly background: Background,
    private readonly readiness: Readiness,
  ) {}

  onApplicationBootstrap(): void {
    for (const service of SERVICES) {
      this.readiness.addPeer(service, () => this.answers(service));
      this.background.run(`ping-${service}`, (signal) => this.ping(service, signal));
    }
  }

  answers(service: string): boolean {
    return performance.now() - (this.answeredAt.get(service) ?? -Infinity) < FRESH_MS;
  }

  private async ping(service: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answered = await this.bus.request(subjects.query(service, 'ping', 'gateway'), {}, 1_000).then(
        () => true,
        () => false,
      );
      if (answered) this.answeredAt.set(service, performance.now());
      await pause(answered ? EVERY_MS : RETRY_MS, signal);
    }
  }
}
