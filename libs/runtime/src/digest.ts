import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** `sha256:<hex>` of the value's RFC 8785 canonical JSON. */
export function digestOf(value: unknown): string {
  return digestOfBytes(canonicalize(value) ?? 'null');
}

/** `sha256:<hex>` of the bytes, of a text in UTF-8. */
export function digestOfBytes(bytes: Uint8Array | string): string {
  return `sha256:${hash('sha256', bytes)}`;
}
