import { join } from 'node:path';
import { AGENT_PERMISSIONS, CLI_PERMISSIONS, ids, type Permission } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { Background, Commands, Logger, Readiness, RuntimeConfig } from '@agencyos/runtime';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { GatewayConfig } from '../config.js';
import { Accounts } from '../identity/accounts.js';
import { Directory } from '../identity/directory.js';
import { Tokens } from '../identity/tokens.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { ExampleRun } from './example-run.js';
import { readSecretFile, writeSecretFile } from './secret-file.js';
import { SetupUrlFile } from './setup-url-file.js';

export const SETUP = 'system:setup';
const OWNER_NAME = 'admin';

/**
 * What an empty installation needs before anybody can use it: the owner, the token files of the command line and the
 * built-in agents, the set-up link, the example. Every step may be repeated at any time.
 */
@Injectable()
export class FirstStart implements OnApplicationBootstrap {
  private done = false;

  constructor(
    private readonly runtime: RuntimeConfig,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly commands: Commands,
    private readonly accounts: Accounts,
    private readonly tokens: Tokens,
    private readonly directory: Directory,
    private readonly setupUrl: SetupUrlFile,
    private readonly example: ExampleRun,
    private readonly background: Background,
    private readonly readiness: Readiness,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.readiness.add('first start', () => this.done);
    this.background.run('first-start', async (signal) => {
      if (!this.done) {
        await this.prepare();
        this.done = true;
        this.logger.info({}, 'owner, tokens and set-up link are there');
      }
      await this.example.start(signal);
      // A stop during all this would not be heard any more.
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    });
  }

  private async prepare(): Promise<void> {
    const ownerId = ids.seed(this.runtime.installationId, 'owner');
    await this.accounts.ensureProfile(ownerId, OWNER_NAME);
    await this.addOwner(ownerId);
    await this.tokenFile('cli-token', `user:${ownerId}`, CLI_PERMISSIONS);
    for (const agentId of this.config.agentIds) {
      await this.tokenFile(join('agents', `${agentId}.token`), `agent:${agentId}`, AGENT_PERMISSIONS);
    }
    if (await this.accounts.hasPassword(ownerId)) await this.setupUrl.remove();
    else await this.setupUrl.write(await this.accounts.newSetupLink());
  }

  private async addOwner(userId: string): Promise<void> {
    if (await this.directory.user(userId)) return;
    const id = ids.seed(this.runtime.installationId, 'command/add-owner');
    const metadata = { actor: SETUP, permissions: ['identity:admin'] };
    try {
      await this.commands.execute('AddUser', { userId, roles: ['admin'], via: 'setup' }, { id, metadata });
    } catch (error) {
      if (!isRejection(error) || error.code !== 'already_exists') throw error;
    }
  }

  /**
   * Keeps a file whose token is known and may do no more than it should; else issues a new one, and what the lost or
   * too powerful one held is worth nothing more.
   */
  private async tokenFile(
    name: string,
    principal: string,
    permissions: readonly Permission[],
  ): Promise<void> {
    if (!this.runtime.dataDir) return;
    const path = join(this.runtime.dataDir, name);
    const present = await readSecretFile(path);
    const tokenId = present && (await this.tokens.idOf(present));
    const known = tokenId && (await this.directory.token(tokenId));
    if (known && known.permissions.every((one) => (permissions as string[]).includes(one))) return;
    // Just issued by an earlier start that was cut short: the view may not show it yet.
    if (tokenId && !known) return;
    const metadata = { actor: SETUP, permissions: ['identity:admin'] };
    // No person can choose a label with a colon.
    const label = `file:${name}`;
    const lost = await this.tokens.labelled(label);
    const { token } = await this.tokens.issue({ principal, permissions, label }, metadata);
    await writeSecretFile(path, token);
    for (const tokenId of lost) await this.commands.execute('RevokeToken', { tokenId }, { metadata });
  }
}
