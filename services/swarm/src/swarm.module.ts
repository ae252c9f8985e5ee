import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Background, Bus, Commands, Elections, EventStore, Logger, Metrics, Views } from '@agencyos/runtime';
import { DataSource } from 'typeorm';
import { readBuiltInAgents } from './agent/built-in-agents.js';
import { Heartbeats } from './leases/heartbeats.js';
import { LeaseScanner } from './leases/lease-scanner.js';
import { LeaseTable } from './leases/lease-table.js';
import { publishQueueFigures } from './offers/queue-figures.js';
import { Reoffers } from './offers/reoffers.js';

/** What swarm does beside answering commands: hears heartbeats, reports lost leases, offers again what nobody took. */
@Module({})
export class SwarmModule implements OnApplicationBootstrap {
  constructor(
    @Inject(Background) private readonly background: Background,
    @Inject(Elections) private readonly elections: Elections,
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Views) private readonly views: Views,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const roles = readBuiltInAgents(process.env['AGENCYOS_AGENTS']).flatMap((agent) => agent.roles);
    publishQueueFigures(this.metrics, this.views, [...new Set(roles)]);
    const leases = new LeaseTable(this.database);
    const heartbeats = new Heartbeats(leases, this.store, this.bus, this.logger);
    heartbeats.listen();
    this.background.run('heartbeats', (signal) => heartbeats.run(signal));
    this.background.run('lost-leases', (signal) => heartbeats.lookUpLost(signal));
    const scanner = new LeaseScanner(leases, this.commands, this.bus);
    this.elected('lease-scan', (signal) => scanner.run(signal));
    const reoffers = new Reoffers(this.views, this.store, this.bus, this.logger);
    this.elected('reoffers', (signal) => reoffers.run(signal));
  }

  private elected(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.background.run(name, (signal) => this.elections.hold(name, signal, task));
  }
}
