import { AGENT_PERMISSIONS, permissionsOf, type Permission } from '@agencyos/contracts';
import { isRejection, Rejection } from '@agencyos/decider';
import { Injectable } from '@nestjs/common';
import { Accounts } from './accounts.js';
import type { Caller } from './caller.js';
import { DirectoryReader } from './directory-reader.js';
import { COMMAND_LINE_PREFIX, type Session, Sessions } from './sessions.js';
import { Tokens } from './tokens.js';

/** Long enough to spare the database most look-ups, short enough for a revocation to be felt at once. */
const REMEMBERED_MS = 1_000;
const MOST_REMEMBERED = 10_000;

interface Remembered {
  caller: Promise<Caller | undefined>;
  until: number;
}

/** Turns a session's or token's secret into the caller it stands for. Fails closed: a fault is 503, never a caller. */
@Injectable()
export class Authenticator {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly sessions: Sessions,
    private readonly tokens: Tokens,
    private readonly accounts: Accounts,
    private readonly directory: DirectoryReader,
  ) {}

  session(secret: string): Promise<Caller | undefined> {
    return this.remember(`session ${secret}`, async () => {
      const session = await this.sessions.bySecret(secret);
      return session && !session.commandLine ? this.ofSession(session) : undefined;
    });
  }

  token(secret: string): Promise<Caller | undefined> {
    return this.remember(`token ${secret}`, async () => {
      if (secret.startsWith(COMMAND_LINE_PREFIX)) {
        const session = await this.sessions.bySecret(secret);
        return session?.commandLine ? this.ofSession(session) : undefined;
      }
      const tokenId = await this.tokens.used(secret);
      return tokenId ? this.ofToken(tokenId) : undefined;
    });
  }

  /** The caller behind an open socket, as they are now. */
  again({ sessionId, tokenId }: { sessionId?: string | undefined; tokenId?: string | undefined }): Promise<Caller | undefined> {
    return guarded(async () => {
      if (tokenId) return this.ofToken(tokenId);
      const session = sessionId && (await this.sessions.byId(sessionId));
      return session ? this.ofSession(session) : undefined;
    });
  }

  forget(): void {
    this.remembered.clear();
  }

  private async ofSession(session: Session): Promise<Caller | undefined> {
    const { sessionId, userId, expiresAt, commandLine } = session;
    const user = await this.user(userId);
    return user && { ...user, sessionId, expiresAt, commandLine };
  }

  private async ofToken(tokenId: string): Promise<Caller | undefined> {
    const token = await this.directory.token(tokenId);
    if (!token || token.revoked) return undefined;
    const expiresAt = token.expiresAt ? new Date(token.expiresAt) : undefined;
    if (expiresAt && expiresAt.getTime() <= Date.now()) return undefined;
    const [kind, id = ''] = token.principal.split(':');
    const holder = kind === 'user' ? await this.user(id) : agent(token.principal);
    if (!holder) return undefined;
    // A token without an end, as they once were made for the command line, decides nothing.
    const permissions = holder.permissions.filter(
      (permission) => token.permissions.includes(permission) && (expiresAt || permission !== 'approval:vote'),
    );
    return { ...holder, permissions, tokenId, ...(expiresAt && { expiresAt }) };
  }

  private async user(userId: string): Promise<Caller | undefined> {
    const [known, name] = await Promise.all([this.directory.user(userId), this.accounts.nameOf(userId)]);
    if (!known || known.disabled) return undefined;
    const { roles, groups = [] } = known;
    return {
      principal: `user:${userId}`,
      user: { userId, name: name ?? '', roles },
      roles,
      groups,
      permissions: permissionsOf(roles),
    };
  }

  private remember(key: string, find: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const now = performance.now();
    const known = this.remembered.get(key);
    if (known && known.until > now) return known.caller;
    const caller = guarded(find);
    this.remembered.delete(key);
    this.remembered.set(key, { caller, until: now + REMEMBERED_MS });
    caller.catch(() => this.remembered.delete(key));
    if (this.remembered.size > MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    return caller;
  }
}

const agent = (principal: string): Caller | undefined =>
  principal.startsWith('agent:')
    ? { principal, roles: [], groups: [], permissions: [...AGENT_PERMISSIONS] as Permission[] }
    : undefined;

async function guarded<T>(find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (isRejection(error)) throw error;
    throw new Rejection('busy', { detail: 'Who you are cannot be checked right now.', retryAfterMs: 1_000 });
  }
}
