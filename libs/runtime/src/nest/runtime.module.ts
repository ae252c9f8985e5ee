import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { Background } from '../background.js';
import { CommandHost } from '../commands/command-host.js';
import { Commands } from '../commands/commands.js';
import { RuntimeConfig } from '../config.js';
import { Consumers } from '../consumers/consumers.js';
import { Views } from '../consumers/views.js';
import { ContentStore } from '../content-store/index.js';
import { Elections } from '../elections.js';
import { DatabaseClock, EventStore } from '../event-store/index.js';
import { Logger } from '../logger.js';
import { Bus } from '../messaging/bus.js';
import { Metrics } from '../metrics.js';
import { Queries } from '../queries.js';
import { Readiness } from '../readiness.js';
import type { ServiceRuntime } from '../service-runtime.js';
import { commandsController } from './commands.controller.js';
import { HealthController } from './health.controller.js';
import { queriesController } from './queries.controller.js';

/** The log as it was written, for who passes it on; `EventStore` reads it in the form of today. */
export const RECORDED_LOG = Symbol('recorded log');

/** The runtime's parts as injectable classes, and the handlers of the service's definition. Global. */
@Module({})
export class RuntimeModule {
  static of(runtime: ServiceRuntime): DynamicModule {
    const { definition } = runtime;
    const parts: Provider[] = [
      { provide: RuntimeConfig, useValue: runtime.config },
      { provide: Logger, useValue: runtime.logger },
      { provide: Metrics, useValue: runtime.metrics },
      { provide: EventStore, useValue: runtime.store },
      { provide: RECORDED_LOG, useValue: runtime.recorded },
      { provide: ContentStore, useValue: runtime.content },
      { provide: DatabaseClock, useValue: runtime.clock },
      { provide: DataSource, useValue: runtime.database },
      { provide: Bus, useValue: runtime.bus },
      { provide: CommandHost, useValue: runtime.host },
      { provide: Commands, useValue: runtime.commands },
      { provide: Views, useValue: runtime.views },
      { provide: Consumers, useValue: runtime.consumers },
      { provide: Background, useValue: runtime.background },
      { provide: Elections, useValue: runtime.elections },
      { provide: Queries, useValue: runtime.queries },
      { provide: Readiness, useValue: runtime.readiness },
    ];
    return {
      module: RuntimeModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [
        HealthController,
        ...definition.aggregates.map(({ commands }) => commandsController(commands)),
        queriesController(definition.context ?? definition.name),
      ],
      providers: parts,
      exports: parts,
    };
  }
}
