import { Injectable } from '@angular/core';
import { Gateway, isProblem } from '@agencyos/client';

export { isProblem, ProblemError, refusalOf } from '@agencyos/client';

declare global {
  /** What first.js has asked for, by path: without an answer it has to be asked again. */
  var agencyosAsked: Map<string, Promise<Response | undefined>> | undefined;
}

/** Words for an error that a person is shown: what happened, never a stack. */
export function wordsOf(error: unknown): string {
  if (isProblem(error)) return error.problem.detail ?? error.problem.title;
  return 'The server did not answer. Nothing was lost; try again.';
}

/** The gateway's REST interface. What people do goes through the outbox, which repeats it. */
@Injectable({ providedIn: 'root' })
export class Api extends Gateway {
  constructor() {
    super({ fetch: async (path, init) => (await askedBefore(path, init)) ?? fetch(path, init) });
  }
}

/** Good once: whoever asks again wants to know what is true then. */
function askedBefore(path: string, { method }: RequestInit): Promise<Response | undefined> | undefined {
  if (method !== 'GET') return undefined;
  const answer = globalThis.agencyosAsked?.get(path);
  globalThis.agencyosAsked?.delete(path);
  return answer;
}
