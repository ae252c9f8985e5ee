import type { LoginRequest } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Injectable } from '@nestjs/common';
import { Accounts } from './accounts.js';
import type { Profile } from './entities.js';
import { LoginThrottle } from './login-throttle.js';

/** Many people may share an address; nobody guesses hundreds of names from one. */
const FREE_FAILURES_PER_ADDRESS = 50;

/** Name and password, more and more slowly after failures. */
@Injectable()
export class PasswordCheck {
  constructor(
    private readonly accounts: Accounts,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws Rejection `unauthenticated`, `too_many_attempts` */
  async verify({ name, password }: LoginRequest, from: string | undefined): Promise<Profile> {
    const address = `address ${from}`;
    const key = `${name.trim().toLowerCase()} ${from}`;
    this.throttle.admit(address);
    this.throttle.attempt(key);
    this.throttle.attempt(address, FREE_FAILURES_PER_ADDRESS);
    const profile = await this.accounts.verify(name, password);
    if (!profile) throw new Rejection('unauthenticated', { detail: 'The name or the password is wrong.' });
    this.throttle.succeeded(key);
    this.throttle.takeBack(address);
    return profile;
  }
}
