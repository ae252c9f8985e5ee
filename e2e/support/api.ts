import { Gateway, isProblem, type ViewSnapshot } from '@agencyos/client';
import { newId, type CommandReceipt, type LoginToken, type Problem } from '@agencyos/contracts';
import { until } from './until.js';

export type RowsByKey = Record<string, Record<string, unknown>>;
export type Answer = (CommandReceipt & { status: number }) | (Problem & { status: number });

/** A command that was answered 2xx: its effect is promised. */
export interface Answered extends Pick<CommandReceipt, 'stream' | 'revision'> {
  id: string;
  type: string;
}

/** Of the owner, wherever a test or the API has set one. */
export const PASSWORD = 'a password for this test only';
/** What the command line's token may not do. */
const IN_PERSON = new Set(['VoteOnApproval', 'SetUserRoles']);
/** Well within the quarter of an hour that a sign-in lasts. */
const SIGNED_IN_MS = 600_000;

/** The gateway's REST interface, with a token or signed in; in person where the command line's token decides nothing. */
export class Api {
  /** Every command that was answered 2xx, by its id. */
  readonly answered = new Map<string, Answered>();

  constructor(
    readonly url: string,
    /** Headers that say who asks. */
    private readonly credential: Record<string, string>,
    /** With the command line's token: where the owner's password is set. */
    private readonly setupUrl?: () => Promise<string>,
  ) {}

  private readonly gateway = new Gateway({
    url: this.url,
    fetch: (address, init) => fetch(address, { ...init, headers: { ...this.credential, ...init.headers } }),
  });
  private signedIn: { token: string; until: number } | undefined;

  /** A token of the owner, who has proved who they are: by the password, which the set-up link sets if it is unused. */
  async inPerson(): Promise<string> {
    if (this.signedIn && this.signedIn.until > performance.now()) return this.signedIn.token;
    const stranger = new Gateway({ url: this.url });
    const logIn = () => stranger.post<LoginToken>('/api/v1/login/token', { name: 'admin', password: PASSWORD });
    const { token } = await logIn().catch(async (error: unknown) => {
      if (!isProblem(error) || error.status !== 401) throw error;
      await stranger.post('/api/v1/setup', { token: (await this.setupUrl!()).split('#')[1], password: PASSWORD });
      return logIn();
    });
    this.signedIn = { token, until: performance.now() + SIGNED_IN_MS };
    return token;
  }

  /** With a person's session, as the dashboard has it. */
  static async signIn(url: string, name: string, password: string): Promise<Api> {
    const response = await fetch(`${url}/api/v1/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: url },
      body: JSON.stringify({ name, password }),
    });
    if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`);
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    return new Api(url, { Cookie: cookies.join('; '), Origin: url });
  }

  async command(context: string, type: string, data: object, id = newId()): Promise<Answer> {
    const headers = { 'idempotency-key': id, ...(IN_PERSON.has(type) && (await this.personally())) };
    try {
      const receipt = await this.gateway.post<CommandReceipt>(`/api/v1/${context}/${type}`, data, headers);
      this.remember(id, type, receipt);
      return { ...receipt, status: 200 };
    } catch (error) {
      if (isProblem(error)) return error.problem;
      throw error;
    }
  }

  /** As a careful client does: the same id until there is an answer that is not 503. */
  async commandUntilAnswered(context: string, type: string, data: object, id = newId()): Promise<Answer> {
    return until(
      `an answer to ${type}`,
      () => this.command(context, type, data, id),
      ({ status }) => status < 500,
    );
  }

  async view(kind: string, id: string): Promise<RowsByKey> {
    const headers = kind === 'directory' ? await this.personally() : {};
    const snapshot = await this.gateway.request<ViewSnapshot>(`/api/v1/views/${kind}/${id}`, { headers });
    return snapshot.rows as RowsByKey;
  }

  /** Says that a person asks, where the command line's token may not. */
  private async personally(): Promise<{ Authorization?: string }> {
    return this.setupUrl ? { Authorization: `Bearer ${await this.inPerson()}` } : {};
  }

  async row<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    return (await this.view(kind, id))[key] as T | undefined;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      ...init,
      headers: { ...this.credential, ...(init.headers as Record<string, string>) },
      signal: AbortSignal.timeout(15_000),
    });
  }

  /** A repeated command has the answer of the first time. */
  private remember(id: string, type: string, { stream, revision }: CommandReceipt): void {
    const before = this.answered.get(id);
    if (before && (before.stream !== stream || before.revision !== revision))
      throw new Error(`${type} ${id}: ${stream}@${revision}, and before ${before.stream}@${before.revision}`);
    this.answered.set(id, { id, type, stream, revision });
  }
}
