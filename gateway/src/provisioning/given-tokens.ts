import { join } from 'node:path';
import { AGENT_PERMISSIONS, CLI_PERMISSIONS, type Permission } from '@agencyos/contracts';
import { Logger } from '@agencyos/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../config.js';
import { DirectoryReader } from '../identity/directory-reader.js';
import { Tokens } from '../identity/tokens.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { readSecretFile } from './secret-file.js';
import { SETUP } from './token-files.js';

const FIGURES: readonly Permission[] = ['ops:read'];

/** Tokens that somebody else has made and given to who needs them, as a Job does on Kubernetes: the gateway lets them in. */
@Injectable()
export class GivenTokens {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly tokens: Tokens,
    private readonly directory: DirectoryReader,
    private readonly logger: Logger,
  ) {}

  async admit(folder: string, ownerId: string): Promise<void> {
    await this.admitOne(folder, 'cli', `user:${ownerId}`, CLI_PERMISSIONS);
    await this.admitOne(folder, 'metrics', `user:${ownerId}`, FIGURES);
    for (const agentId of this.config.agentIds)
      await this.admitOne(folder, `agent_${agentId}`, `agent:${agentId}`, AGENT_PERMISSIONS);
  }

  /** One that was given under this name before is worth nothing more. */
  private async admitOne(folder: string, name: string, principal: string, permissions: readonly Permission[]): Promise<void> {
    const token = await readSecretFile(join(folder, `${name}.token`));
    if (!token) return this.logger.warn({ folder, name }, 'this token was not given: who needs it is not let in');
    // No person can choose a label with a colon.
    const label = `given:${name}`;
    const tokenId = await this.tokens.idOf(token);
    const metadata = { actor: SETUP, permissions: ['identity:admin'] };
    const own = await this.tokens.labelled(label);
    for (const one of own) if (one !== tokenId) await this.tokens.revoke(one, metadata);
    const known = tokenId ? await this.directory.token(tokenId) : undefined;
    const fits = known?.principal === principal && known.permissions.every((one) => (permissions as string[]).includes(one));
    // The view may not show yet what was let in a moment ago, under another name.
    if (tokenId && !own.includes(tokenId) && !fits)
      return this.logger.warn(
        { name, security: true },
        'this token is another’s: who has it acts as that one; give each a token of its own',
      );
    if (!known) return this.tokens.admit(token, { principal, permissions, label }, metadata);
    if (known.revoked) this.logger.warn({ name }, 'this token was revoked: delete it where it is made, and another one is');
  }
}
