import { Injectable } from '@angular/core';
import type { CommandName, CommandReceipt, Problem, RefusalOf } from '@agencyos/contracts';

declare global {
  /** What first.js has asked for, by path: without an answer it has to be asked again. */
  var agencyosAsked: Map<string, Promise<Response | undefined>> | undefined;
}

/** A server that says nothing for so long does not answer, ms. */
const SILENCE_MS = 15_000;

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

export const isProblem = (error: unknown): error is ProblemError => error instanceof ProblemError;

/** The code with which the command was refused, one of its contract's; `undefined` when the error is no refusal. */
export const refusalOf = <T extends CommandName>(error: unknown, _command: T): RefusalOf<T> | undefined =>
  isProblem(error) ? (error.code as RefusalOf<T>) : undefined;

/** Words for an error that a person is shown: what happened, never a stack. */
export function wordsOf(error: unknown): string {
  if (isProblem(error)) return error.problem.detail ?? error.problem.title;
  return 'The server did not answer. Nothing was lost; try again.';
}

/** REST, with problem documents as errors. Throws {@link ProblemError}, or TypeError when there is no network. */
@Injectable({ providedIn: 'root' })
export class Api {
  get<T>(path: string): Promise<T> {
    return this.request<T>(path, { method: 'GET' });
  }

  post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    return this.request<T>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /**
   * Sends a command once, under the id that makes its repetition harmless. What people do goes through the outbox,
   * which repeats it.
   * @param context e.g. `kanban`
   */
  command(context: string, type: string, data: object, id: string): Promise<CommandReceipt> {
    return this.post<CommandReceipt>(`/api/v1/${context}/${type}`, data, { 'idempotency-key': id });
  }

  private async request<T>(path: string, init: RequestInit): Promise<T> {
    const response =
      (init.method === 'GET' && (await askedBefore(path))) ||
      (await fetch(path, {
        credentials: 'same-origin',
        signal: AbortSignal.timeout(SILENCE_MS),
        ...init,
      }));
    const text = await response.text();
    const body: unknown = parse(text);
    if (response.ok) return body as T;
    throw new ProblemError(problemOf(response, body));
  }
}

/** Good once: whoever asks again wants to know what is true then. */
function askedBefore(path: string): Promise<Response | undefined> | undefined {
  const answer = globalThis.agencyosAsked?.get(path);
  globalThis.agencyosAsked?.delete(path);
  return answer;
}

function problemOf(response: Response, body: unknown): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body) return body as Problem;
  const title = response.status >= 500 ? 'The server did not answer' : 'The request was refused';
  return { type: 'about:blank', title, status: response.status, code: `http_${response.status}` };
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
