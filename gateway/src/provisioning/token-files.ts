import { join } from 'node:path';
import { AGENT_PERMISSIONS, CLI_PERMISSIONS, type Permission } from '@agencyos/contracts';
import { RuntimeConfig } from '@agencyos/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { GatewayConfig } from '../config.js';
import { DirectoryReader } from '../identity/directory-reader.js';
import { Tokens } from '../identity/tokens.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { readSecretFile, writeSecretFile } from './secret-file.js';

export const SETUP = 'system:setup';

/** The token files of a data folder: the command line's and the built-in agents'. */
@Injectable()
export class TokenFiles {
  constructor(
    private readonly runtime: RuntimeConfig,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly tokens: Tokens,
    private readonly directory: DirectoryReader,
  ) {}

  async provide(place: string, ownerId: string): Promise<void> {
    await this.provideOne(place, 'cli-token', `user:${ownerId}`, CLI_PERMISSIONS);
    for (const agentId of this.config.agentIds)
      await this.provideOne(place, join('agents', `${agentId}.token`), `agent:${agentId}`, AGENT_PERMISSIONS);
  }

  /**
   * Keeps a file whose token is known and may do no more than it should; else issues a new one, and what the lost or
   * too powerful one held is worth nothing more. Tokens in the folders of other gateways are not lost.
   */
  private async provideOne(place: string, name: string, principal: string, permissions: readonly Permission[]): Promise<void> {
    const path = join(this.runtime.dataDir!, name);
    // No person can choose a label with a colon.
    const label = `file:${place}/${name}`;
    const present = await readSecretFile(path);
    const tokenId = present && (await this.tokens.idOf(present));
    const known = tokenId && (await this.directory.token(tokenId));
    const fits = known && !known.revoked && known.permissions.every((one) => (permissions as string[]).includes(one));
    // One that the view does not show yet was just issued by an earlier start that was cut short.
    if (tokenId && (fits || !known)) return this.tokens.relabel(tokenId, label);
    const metadata = { actor: SETUP, permissions: ['identity:admin'] };
    // The second is the label of before folders were told apart: of a folder that came later it is not lost, yet its own
    // gateway makes a new one when it starts.
    const lost = [...(await this.tokens.labelled(label)), ...(await this.tokens.labelled(`file:${name}`))];
    // First of all: a start that is cut short behind it finds no file that fits, and begins again.
    for (const one of lost) await this.tokens.revoke(one, metadata);
    const { token } = await this.tokens.issue({ principal, permissions, label }, metadata);
    await writeSecretFile(path, token);
  }
}
