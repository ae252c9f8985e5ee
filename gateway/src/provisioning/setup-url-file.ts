import { join } from 'node:path';
import { RuntimeConfig } from '@agencyos/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_CONFIG } from '../tokens.js';
import type { GatewayConfig } from '../config.js';
import { removeSecretFile, writeSecretFile } from './secret-file.js';

/** `<data folder>/setup-url`: the one-time link for the first password, there until it has been used. */
@Injectable()
export class SetupUrlFile {
  private readonly path: string | undefined;

  constructor(
    runtime: RuntimeConfig,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
  ) {
    this.path = runtime.dataDir && join(runtime.dataDir, 'setup-url');
  }

  /** The secret stands behind `#`, which browsers never send to a server, so no log ever holds it. */
  async write(secret: string): Promise<void> {
    if (this.path) await writeSecretFile(this.path, `${new URL('/setup', this.config.publicUrl).href}#${secret}`);
  }

  async remove(): Promise<void> {
    if (this.path) await removeSecretFile(this.path);
  }
}
