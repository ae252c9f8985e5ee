import { subjects } from '@agencyos/contracts';
import { installation, type InstalledService } from '@agencyos/contracts/installation';
import { Background, Bus, Consumers, pause, Readiness, type ConsumerState } from '@agencyos/runtime';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

const OTHERS = installation.services.filter(({ name }) => name !== 'gateway');
/** How soon who does not answer is asked again, and who does. */
const RETRY_MS = 250;
const EVERY_MS = 2_000;
const FRESH_MS = 5_000;

/** Asks the services behind us all the time, so that readiness is known without asking. */
@Injectable()
export class ServicePings implements OnApplicationBootstrap {
  private readonly answeredAt = new Map<string, number>();
  private readonly states = new Map<string, ConsumerState[]>();

  constructor(
    private readonly bus: Bus,
    private readonly background: Background,
    private readonly readiness: Readiness,
    private readonly own: Consumers,
  ) {}

  onApplicationBootstrap(): void {
    for (const other of OTHERS) {
      const service = other.name;
      if (other.awaited) this.readiness.addPeer(service, () => this.answers(service));
      // What is parked is left out for good; what stands still keeps what is shown from becoming true.
      this.readiness.addPeer(
        `consumers of ${service}`,
        () => !this.of(service).some(({ trouble }) => trouble && trouble.why !== 'parked'),
      );
      this.background.run(`ping-${service}`, (signal) => this.ping(other, signal));
    }
  }

  answers(service: string): boolean {
    return performance.now() - (this.answeredAt.get(service) ?? -Infinity) < FRESH_MS;
  }

  /** Of every service that answers, and of this one. */
  consumers(): (ConsumerState & { service: string })[] {
    const own = this.own.states().map((state) => ({ service: 'gateway', ...state }));
    const others = [...this.states.keys()].flatMap((service) => this.of(service).map((state) => ({ service, ...state })));
    return [...own, ...others];
  }

  private of(service: string): ConsumerState[] {
    return this.answers(service) ? (this.states.get(service) ?? []) : [];
  }

  private async ping({ name: service, context }: InstalledService, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answered = await this.bus
        .request<{ consumers?: ConsumerState[] }>(subjects.query(context, 'ping', 'gateway'), {}, 1_000)
        .catch(() => undefined);
      if (answered) {
        this.answeredAt.set(service, performance.now());
        this.states.set(service, answered.consumers ?? []);
      }
      await pause(answered ? EVERY_MS : RETRY_MS, signal);
    }
  }
}
