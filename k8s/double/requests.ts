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
  /** Empty where something is made, listed or watched. */
  name: string;
  /** `log` of a pod, `scale` of a Deployment. */
  subresource?: string;
  query: URLSearchParams;
  body: Loose;
}

const VERBS: Record<string, Verb> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const PATH = /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+)(?:\/(log|scale))?)?$/;

/** @throws ApiError where this double does not know what is asked */
export function requestOf(method: string, url: string, text: string): ApiRequest {
  const { pathname, searchParams: query } = new URL(url, 'http://double');
  const [matched, group = '', namespace = '', resource = '', name = '', subresource] = PATH.exec(pathname) ?? [];
  const verb = method === 'GET' ? reading(name, query) : VERBS[method];
  const needsName = verb !== 'create' && verb !== 'list' && verb !== 'watch';
  if (!matched || !verb || (name === '') === needsName)
    throw new ApiError(501, 'NotImplemented', `the double does not know ${method} ${url}`);
  const decoded = [namespace, resource, name].map(decodeURIComponent) as [string, string, string];
  return {
    ...{ verb, group, query, namespace: decoded[0], resource: decoded[1], name: decoded[2] },
    ...(subresource && { subresource }),
    body: text ? JSON.parse(text) : undefined,
  };
}

function reading(name: string, query: URLSearchParams): Verb {
  if (query.get('watch') === 'true') return 'watch';
  return name === '' ? 'list' : 'get';
}
