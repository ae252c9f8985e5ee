import { Background, describeError, Logger, pause } from '@agencyos/runtime';
import { isRejection } from '@agencyos/decider';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import type { GatewayConfig } from '../config.js';
import { LocalSupervisor } from '../operations/local-supervisor.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { DirectoryReader } from './directory-reader.js';

const LOOK_EVERY_MS = 1_500;
const Given = z.object({ name: z.string(), owner: z.string().optional() });
const Listed = z.object({ agents: z.array(Given), subscribers: z.array(Given) });

/**
 * Agents and subscribers of somebody who was disabled are taken off NATS with them, by the supervisor of this machine. It
 * looks at what is, not at what has happened: whatever was down meanwhile, it is done afterwards.
 */
@Injectable()
export class OutsideCredentials implements OnApplicationBootstrap {
  constructor(
    private readonly supervisor: LocalSupervisor,
    private readonly directory: DirectoryReader,
    private readonly background: Background,
    private readonly logger: Logger,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'supervisorFile'>,
  ) {}

  onApplicationBootstrap(): void {
    // Elsewhere NATS is somebody else's, and so are its accounts.
    if (!this.config.supervisorFile) return;
    this.background.run('outside-credentials', async (signal) => {
      while (!signal.aborted) {
        await pause(LOOK_EVERY_MS, signal);
        await this.removeThoseOfDisabled().catch((error: unknown) => {
          // While the supervisor is busy, or NATS is not its own, there is nothing to do.
          if (!isRejection(error)) this.logger.warn({ error: describeError(error) }, 'credentials outside were not looked at');
        });
      }
    });
  }

  private async removeThoseOfDisabled(): Promise<void> {
    const listed = Listed.parse(await this.supervisor.ask('GET', '/credentials'));
    for (const kind of ['agents', 'subscribers'] as const) {
      for (const { name, owner } of listed[kind]) {
        if (!owner?.startsWith('user:')) continue;
        const user = await this.directory.user(owner.slice('user:'.length));
        if (!user?.disabled) continue;
        await this.supervisor.ask('DELETE', `/${kind}/${name}`);
        this.logger.info({ kind, name, owner }, 'taken off NATS: whoever answered for it is disabled');
      }
    }
  }
}
