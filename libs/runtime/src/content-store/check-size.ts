import { LIMITS } from '@agencyos/contracts';
import { ContentTooLarge } from './content-store.js';

/** @throws ContentTooLarge */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.byteLength > LIMITS.contentBytes) throw new ContentTooLarge(bytes.byteLength, LIMITS.contentBytes);
}
