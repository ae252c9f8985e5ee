import { hash } from 'node:crypto';
import { dataFault } from '@agencyos/contracts';
import canonicalize from 'canonicalize';
import { unfit } from './problem.js';

/** `sha256:<hex>` of the value's RFC 8785 canonical JSON. @throws Rejection when the value has none */
export function digestOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = canonicalize(value);
  } catch (error) {
    const fault = dataFault(value);
    throw fault ? unfit(fault) : error;
  }
  return digestOfBytes(json ?? 'null');
}

/** `sha256:<hex>` of the bytes, of a text in UTF-8. */
export function digestOfBytes(bytes: Uint8Array | string): string {
  return `sha256:${hash('sha256', bytes)}`;
}
