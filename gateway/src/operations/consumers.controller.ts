import { Requires } from '@agencyos/runtime';
import { Controller, Get } from '@nestjs/common';
import { ServicePings } from './service-pings.js';

/** Everything that reads the log: how far each has come, and what keeps it, in words that may tell of any fact. */
@Controller('api/v1/consumers')
export class ConsumersController {
  constructor(private readonly pings: ServicePings) {}

  @Get()
  @Requires('ops:read')
  list() {
    return { consumers: this.pings.consumers() };
  }
}
