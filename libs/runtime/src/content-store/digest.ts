import { createHash } from 'node:crypto';
import { LIMITS } from '@agencyos/contracts';
import { ContentTooLarge } from './content-store.js';

/** `sha256:<hex>` of the bytes. */
export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** @throws ContentTooLarge */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.byteLength > LIMITS.contentBytes)
    throw new ContentTooLarge(bytes.byteLength, LIMITS.contentBytes);
}
