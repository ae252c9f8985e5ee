import { type Failure, failure } from './answers.js';

/** One request on its way; changed by each redirect. */
export interface Hop {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string | Buffer;
}

const REDIRECTS = [301, 302, 303, 307, 308];
/** Whoever is sent elsewhere takes along only what says nothing about who asks. */
const HARMLESS = ['accept', 'accept-language', 'content-type', 'user-agent'];

/** Where an answer sends on to; undefined if it does not. */
export function redirected(hop: Hop, status: number, location: string | undefined): Hop | Failure | undefined {
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  const url = URL.parse(location, hop.url.href);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    return failure('bad_address', `${hop.url.host} sends on to an address that cannot be followed. Name the final address.`);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:')
    return failure('insecure_redirect', `${hop.url.host} sends on to an address without TLS. Name the final address.`);
  const asGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST';
  const { body, ...rest } = hop;
  const kept = url.origin === hop.url.origin ? () => true : (name: string) => HARMLESS.includes(name.toLowerCase());
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(([name]) => kept(name) && !(asGet && /^content-/i.test(name))),
  );
  return { ...rest, url, headers, ...(asGet ? { method: 'GET' } : body !== undefined && { body }) };
}
