import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AllowList } from './addresses.js';

/** As `dns.lookup` with `all`. */
export type Lookup = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Nobody outside may be reached there. */
export class AddressForbidden extends Error {
  readonly code = 'ADDRESS_FORBIDDEN';

  constructor(readonly host: string) {
    super(`${host} is no public address`);
  }
}

/**
 * Finds the addresses of a name for a connection that is being opened, and leaves those that may be spoken to. What is
 * judged here is what is connected to: a name that leads elsewhere a moment later is judged again with its next connection.
 */
export function judgedLookup(allowed: AllowList, lookup: Lookup = systemLookup): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const addresses = allowed.name(host) ? found : found.filter(({ address }) => allowed.address(address));
      const [first] = addresses;
      if (!first) return done(new AddressForbidden(host), []);
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

/**
 * What is an address itself is looked up by nobody, and behind a proxy no name is: both are judged by how they are written.
 * @throws AddressForbidden
 */
export function judgeAsWritten({ hostname }: URL, allowed: AllowList): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (allowed.name(host)) return;
  if (isIP(host) ? !allowed.address(host) : /(^|\.)localhost\.?$/.test(host) && !allowed.address('127.0.0.1'))
    throw new AddressForbidden(host);
}
