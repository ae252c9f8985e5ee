import { rm, stat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PasswordResetRequest } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Requires, RuntimeConfig } from '@agencyos/runtime';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { parseBody } from '../http/body.js';
import { Accounts } from './accounts.js';
import { Authenticator } from './authenticator.js';
import { LoginThrottle } from './login-throttle.js';
import { sameSecret } from './secrets.js';

const VALID_MS = 10 * 60_000;

/**
 * A way back in for who forgot the password: `agencyos reset-password` leaves the digest of a secret in the data folder,
 * where only the owner of the installation can write, and sends the secret here.
 */
@Controller('api/v1')
export class PasswordResetController {
  private readonly file: string | undefined;

  constructor(
    config: RuntimeConfig,
    private readonly accounts: Accounts,
    private readonly authenticator: Authenticator,
    private readonly throttle: LoginThrottle,
  ) {
    this.file = config.dataDir && join(config.dataDir, 'password-reset');
  }

  @Post('password-reset')
  @HttpCode(204)
  @Requires('public')
  async reset(@Body() body: unknown, @Req() { ip }: Request): Promise<void> {
    const { name, secret, password } = parseBody(PasswordResetRequest, body);
    const key = `reset ${ip}`;
    await this.throttle.attempt(key);
    const digest = await this.expected();
    if (!digest || !sameSecret(secret, digest)) {
      const detail = 'Nobody has asked for this in the data folder: use `agencyos reset-password` there.';
      throw new Rejection('unauthenticated', { detail });
    }
    await this.accounts.resetPassword(name, password);
    await rm(this.file!, { force: true });
    await this.throttle.succeeded(key);
    this.authenticator.forget();
  }

  /** What lies in the data folder, if it is fresh and nobody else could have put it there. */
  private async expected(): Promise<Buffer | undefined> {
    if (!this.file) return undefined;
    try {
      const { mode, mtimeMs } = await stat(this.file);
      if ((mode & 0o077) !== 0 || Math.abs(Date.now() - mtimeMs) > VALID_MS) return undefined;
      const text = (await readFile(this.file, 'utf8')).trim();
      return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
    } catch {
      return undefined;
    }
  }
}
