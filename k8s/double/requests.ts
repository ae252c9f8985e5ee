import type { Loose } from '../support/objects.js';
import type { Verb } from './access.js';

/** A refusal as the API server words it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** What is asked for, and in which way. */
export interface ApiRequest {
  verb: Verb;
  /** Empty: the core group. */
  group: string;
  namespace: string;
  resource: string;
  /** Empty where something is made: its name is in the body. */
  name: string;
  body: Loose;
}

const VERBS: Record<string, Verb> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const PATH = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/?]+))?(?:\?.*)?$/;

/** @throws ApiError where this double does not know what is asked */
export function requestOf(method: string, url: string, text: string): ApiRequest {
  const [matched, group = '', namespace = '', resource = '', name = ''] = PATH.exec(url) ?? [];
  const verb = VERBS[method];
  if (!matched || !verb || (name === '' && verb !== 'create'))
    throw new ApiError(501, 'NotImplemented', `the double does not know ${method} ${url}`);
  const decoded = [namespace, resource, name].map(decodeURIComponent) as [string, string, string];
  return {
    verb,
    group,
    namespace: decoded[0],
    resource: decoded[1],
    name: decoded[2],
    body: text ? JSON.parse(text) : undefined,
  };
}
