import { Requires } from '@agencyos/runtime';
import { Controller, Get } from '@nestjs/common';
import { LocalSupervisor } from './local-supervisor.js';

/** The backups that this machine makes by itself. */
@Controller('api/v1/backups')
export class BackupsController {
  constructor(private readonly supervisor: LocalSupervisor) {}

  /** `{backups: {how, keep, next, oldAt, since, running, lastGood, failed}}`; nothing in it where nobody has asked for any. */
  @Get()
  @Requires('ops:read')
  async show(): Promise<{ backups?: object }> {
    const { backups } = (await this.supervisor.ask('GET', '/status')) as { backups?: object };
    return backups ? { backups } : {};
  }
}
