import type { LoginRequest } from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import { Injectable } from '@nestjs/common';
import { AccessLog } from './access-log.js';
import { Accounts, type Profile } from './accounts.js';
import { LoginThrottle } from './login-throttle.js';

/** Many people may share an address; nobody guesses hundreds of names from one. */
const FREE_FAILURES_PER_ADDRESS = 50;

/** Name and password, more and more slowly after failures. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly accounts: Accounts,
    private readonly throttle: LoginThrottle,
    private readonly access: AccessLog,
  ) {}

  /** @throws Rejection `unauthenticated`, `too_many_attempts` */
  async verify(login: LoginRequest, from: string | undefined, correlationId: string): Promise<Profile> {
    const note = (actor: string, outcome: string) =>
      this.access.record({
        actor,
        what: 'login',
        outcome,
        subject: login.name,
        address: from ?? '',
        correlationId,
      });
    try {
      const profile = await this.check(login, from);
      note(`user:${profile.userId}`, 'ok');
      return profile;
    } catch (error) {
      if (isRejection(error)) note('unknown', error.code);
      throw error;
    }
  }

  private async check({ name, password }: LoginRequest, from: string | undefined): Promise<Profile> {
    const address = `address ${from}`;
    const key = `${name.trim().toLowerCase()} ${from}`;
    await this.throttle.admit(address);
    await this.throttle.attempt(key);
    await this.throttle.attempt(address, FREE_FAILURES_PER_ADDRESS);
    const profile = await this.accounts.verify(name, password);
    if (!profile) throw new Rejection('unauthenticated', { detail: 'The name or the password is wrong.' });
    await this.throttle.succeeded(key);
    await this.throttle.takeBack(address);
    return profile;
  }
}
