import type {
  CommandContext,
  CommandData,
  CommandName,
  CommandReceipt,
  Problem,
  ViewDefinition,
  ViewKind,
  ViewOfKind,
  WindowAsked,
  WindowOf,
  WindowPage,
  WindowRow,
} from '@agencyos/contracts';
import { newId } from '@agencyos/contracts/new-id';
import { pause } from './pause.js';
import { isProblem, NoAnswer, ProblemError } from './problem-error.js';
import { ViewRows, type ViewSnapshot } from './view-rows.js';

export interface GatewayOptions {
  /** Its address, such as `http://127.0.0.1:8400`; a page that the gateway serves needs none. */
  url?: string;
  /** As `agencyos token` makes it. Without one a browser's cookie says who asks. */
  token?: string;
  /** How long a request is repeated while nobody answers, or only that the gateway is busy, ms. Without it is sent once. */
  patienceMs?: number;
  /** How long one try may take, ms. */
  answerMs?: number;
  /** Takes the place of the platform's, which it may call. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export type ReadWindow<V extends ViewDefinition> = Omit<WindowPage, 'rows'> & { rows: { key: string; row: WindowRow<V> }[] };

/** A server that says nothing for so long does not answer, ms. */
const SILENCE_MS = 15_000;
const LONGEST_PAUSE_MS = 2_000;

/** The gateway's REST interface, with its problem documents as {@link ProblemError}; {@link NoAnswer} where none comes. */
export class Gateway {
  constructor(private readonly options: GatewayOptions = {}) {}

  /**
   * Sends a command. Under the same id it has its effect once, however often it is sent.
   *
   * @param context who decides it, such as `kanban`
   * @throws ProblemError with one of the codes of `RefusalOf<T>` when it is refused; see {@link refusalOf}
   */
  command<T extends CommandName>(
    context: CommandContext<T>,
    type: T,
    data: CommandData<T>,
    id: string = newId(),
  ): Promise<CommandReceipt> {
    return this.post(`/api/v1/${context}/${type}`, data, { 'idempotency-key': id });
  }

  /** A view as it is now. */
  async view<K extends ViewKind>(kind: K, id: string): Promise<ViewRows<ViewOfKind<K>>> {
    const rows = new ViewRows<ViewOfKind<K>>();
    rows.replace(await this.get<ViewSnapshot>(`/api/v1/views/${kind}/${encodeURIComponent(id)}`));
    return rows;
  }

  /** Rows of a view that fit, as they are now, and how many fit in all. */
  window<K extends ViewKind>(kind: K, id: string, asked: WindowOf<ViewOfKind<K>>): Promise<ReadWindow<ViewOfKind<K>>> {
    const { filter = {}, text, order, offset, limit } = asked as WindowAsked;
    const query = new URLSearchParams({ limit: String(limit) });
    for (const [name, value] of Object.entries({ text, order, offset })) if (value !== undefined) query.set(name, String(value));
    for (const [field, values] of Object.entries(filter)) for (const value of values) query.append(field, value);
    return this.get(`/api/v1/views/${kind}/${encodeURIComponent(id)}/window?${query.toString()}`);
  }

  /** Admits one WebSocket within 30 s. */
  async ticket(signal?: AbortSignal): Promise<string> {
    return (await this.post<{ ticket: string }>('/api/v1/ticket', {}, {}, signal)).ticket;
  }

  get<T>(path: string): Promise<T> {
    return this.request(path, { method: 'GET' });
  }

  post<T>(path: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<T> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.request(path, { method: 'POST', headers: json, body: JSON.stringify(body), ...(signal && { signal }) });
  }

  /** Any request of the published REST interface; the answer's JSON. */
  async request<T>(path: string, init: RequestInit = {}): Promise<T> {
    const began = performance.now();
    for (let retry = 0; ; retry++) {
      try {
        return await this.once<T>(path, init);
      } catch (error) {
        const waited = performance.now() - began;
        if (!mayPass(error) || init.signal?.aborted || waited >= (this.options.patienceMs ?? 0)) throw error;
        await pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** retry), init.signal);
      }
    }
  }

  private async once<T>(path: string, init: RequestInit): Promise<T> {
    const { response, text } = await this.exchange(path, init);
    const body = parse(text);
    if (response.ok && (body !== undefined || text === '')) return body as T;
    throw new ProblemError(problemOf(response, body));
  }

  private async exchange(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    const { url = '', token, answerMs = SILENCE_MS, fetch: send = fetch } = this.options;
    const silence = AbortSignal.timeout(answerMs);
    try {
      const response = await send(`${url}${path}`, {
        ...init,
        signal: init.signal ? AbortSignal.any([init.signal, silence]) : silence,
        // A token is for this address alone.
        ...(token && { redirect: 'manual', headers: { ...init.headers, authorization: `Bearer ${token}` } }),
      });
      return { response, text: await response.text() };
    } catch (cause) {
      throw new NoAnswer(`Nothing answers at ${url || 'the address of this page'}.`, { cause });
    }
  }
}

/** Nothing was decided: the same may succeed in a moment. */
function mayPass(error: unknown): boolean {
  if (!isProblem(error)) return error instanceof NoAnswer;
  return error.status >= 500 || error.status === 429 || error.code === 'in_flight';
}

function problemOf({ status }: Response, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body) return body as Problem;
  const title = status >= 500 ? 'The server did not answer' : 'The request was refused';
  return { type: 'about:blank', title, status, code: `http_${status}` };
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
