import { ids } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { Background, Commands, Elections, Logger, Readiness, RuntimeConfig } from '@agencyos/runtime';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { GatewayConfig } from '../config.js';
import { Accounts } from '../identity/accounts.js';
import { DirectoryReader } from '../identity/directory-reader.js';
import { DataFolder } from './data-folder.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { ExampleRun } from './example-run.js';
import { GivenTokens } from './given-tokens.js';
import { SetupUrlFile } from './setup-url-file.js';
import { SETUP, TokenFiles } from './token-files.js';

const OWNER_NAME = 'admin';

/**
 * What an installation needs before anybody can use it. Of the installation, whichever gateway gets there first: the
 * owner and the example. Of each data folder, which several gateways may share: the token files of the command line and
 * the built-in agents, and a set-up link. One gateway at a time does it, and every step may be repeated at any time.
 */
@Injectable()
export class Provisioning implements OnApplicationBootstrap {
  private done = false;

  constructor(
    private readonly runtime: RuntimeConfig,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly commands: Commands,
    private readonly accounts: Accounts,
    private readonly directory: DirectoryReader,
    private readonly folder: DataFolder,
    private readonly tokenFiles: TokenFiles,
    private readonly givenTokens: GivenTokens,
    private readonly setupUrl: SetupUrlFile,
    private readonly example: ExampleRun,
    private readonly background: Background,
    private readonly elections: Elections,
    private readonly readiness: Readiness,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.readiness.add('first start', () => this.done);
    this.background.run('provisioning', async (signal) => {
      if (!this.done) await this.elections.hold('provisioning', signal, () => this.provision());
      await this.elections.hold('example', signal, (held) => this.example.start(held));
      // A stop during all this would not be heard any more.
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    });
  }

  private async provision(): Promise<void> {
    const ownerId = ids.seed(this.runtime.installationId, 'owner');
    await this.accounts.ensureProfile(ownerId, OWNER_NAME);
    await this.addOwner(ownerId);
    const { tokensDir } = this.config;
    if (tokensDir) await this.givenTokens.admit(tokensDir, ownerId);
    const place = await this.folder.place();
    if (place) {
      if (!tokensDir) await this.tokenFiles.provide(place, ownerId);
      if (await this.accounts.hasPassword(ownerId)) await this.setupUrl.remove();
      else await this.setupUrl.write(await this.accounts.newSetupLink(place));
    }
    this.done = true;
    this.logger.info({ place }, 'owner, tokens and set-up link are there');
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
}
