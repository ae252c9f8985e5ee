import { newId, type CommandReceipt, type Problem } from '@agencyos/contracts';

export type Rows = Record<string, Record<string, unknown>>;
export type Answer = (CommandReceipt & { status: number }) | (Problem & { status: number });

/** A command that was answered 2xx: its effect is promised. */
export interface Answered extends Pick<CommandReceipt, 'stream' | 'revision'> {
  id: string;
  type: string;
}

/** The gateway's REST interface, with a token or signed in. */
export class Api {
  /** Every command that was answered 2xx, by its id. */
  readonly answered = new Map<string, Answered>();

  constructor(
    readonly url: string,
    /** Headers that say who asks. */
    private readonly credential: Record<string, string>,
  ) {}

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
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': id },
      body: JSON.stringify(data),
    });
    const answer = { ...((await response.json()) as Answer), status: response.status };
    if (response.ok) this.remember(id, type, answer as CommandReceipt);
    return answer;
  }

  /** As a careful client does: the same id until there is an answer that is not 503. */
  async commandUntilAnswered(context: string, type: string, data: object, id = newId()): Promise<Answer> {
    for (;;) {
      const answer = await this.command(context, type, data, id).catch(() => undefined);
      if (answer && answer.status < 500) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async view(kind: string, id: string): Promise<Rows> {
    const response = await this.fetch(`/api/v1/views/${kind}/${id}`);
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
