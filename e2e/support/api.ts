import { newId, type CommandReceipt, type Problem } from '@agencyos/contracts';
import { until } from './until.js';

export type Rows = Record<string, Record<string, unknown>>;
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

  private signedIn: { token: string; until: number } | undefined;

  /** A token of the owner, who has proved who they are: by the password, which the set-up link sets if it is unused. */
  async inPerson(): Promise<string> {
    if (this.signedIn && this.signedIn.until > performance.now()) return this.signedIn.token;
    const post = async (path: string, body: object) =>
      fetch(`${this.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      });
    const logIn = () => post('login/token', { name: 'admin', password: PASSWORD });
    let answer = await logIn();
    if (answer.status === 401) {
      await post('setup', { token: (await this.setupUrl!()).split('#')[1], password: PASSWORD });
      answer = await logIn();
    }
    if (!answer.ok) throw new Error(`login: ${answer.status} ${await answer.text()}`);
    const { token } = (await answer.json()) as { token: string };
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
    const response = await this.fetch(`/api/v1/${context}/${type}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': id,
        ...(this.setupUrl && IN_PERSON.has(type) && { Authorization: `Bearer ${await this.inPerson()}` }),
      },
      body: JSON.stringify(data),
    });
    const answer = { ...((await response.json()) as Answer), status: response.status };
    if (response.ok) this.remember(id, type, answer as CommandReceipt);
    return answer;
  }

  /** As a careful client does: the same id until there is an answer that is not 503. */
  async commandUntilAnswered(context: string, type: string, data: object, id = newId()): Promise<Answer> {
    return until(
      `an answer to ${type}`,
      () => this.command(context, type, data, id),
      ({ status }) => status < 500,
    );
  }

  async view(kind: string, id: string): Promise<Rows> {
    const inPerson = kind === 'directory' && this.setupUrl !== undefined;
    const headers = inPerson ? { Authorization: `Bearer ${await this.inPerson()}` } : this.credential;
    const response = await this.fetch(`/api/v1/views/${kind}/${id}`, { headers });
    if (!response.ok) throw new Error(`${kind}/${id}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { rows: Rows }).rows;
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
