import { PERSONAL_PERMISSIONS, type Permission } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { isBrowserOf, type Caller } from './caller.js';

const MOST_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * A token that decides, or says who may, is made by a person signed in to the dashboard, and ends. No token makes one
 * that outlives it.
 *
 * @throws Rejection
 */
export function checkNewToken(
  caller: Caller,
  permissions: readonly Permission[],
  expiresAt: string | undefined,
  now = Date.now(),
): void {
  // What the caller does not have is refused by the token's own rules.
  const personal = permissions.find(
    (permission) => PERSONAL_PERMISSIONS.includes(permission) && caller.permissions.includes(permission),
  );
  if (personal && !isBrowserOf(caller)) {
    const detail = `A token with ${personal} is made by a person who signs in for it, not with another token: \`agencyos token\`.`;
    throw new Rejection('exceeds_issuer', { field: 'permissions', detail }, 403);
  }
  const ends = expiresAt === undefined ? Infinity : Date.parse(expiresAt);
  if (ends <= now) {
    const detail = 'This time is over: a token that nobody could use is not made. Name a later expiresAt.';
    throw new Rejection('invalid', { field: 'expiresAt', detail });
  }
  if (personal && !(ends <= now + MOST_DAYS * DAY_MS)) {
    const detail = `A token with ${personal} has to expire within ${MOST_DAYS} days: name expiresAt.`;
    throw new Rejection('invalid', { field: 'expiresAt', limit: MOST_DAYS, detail });
  }
  if (caller.expiresAt && !isBrowserOf(caller) && ends > caller.expiresAt.getTime()) {
    const detail = 'A token cannot outlive the one it is made with: name an earlier expiresAt.';
    throw new Rejection('exceeds_issuer', { field: 'expiresAt', detail }, 403);
  }
}
