import type { Content } from '@agencyos/contracts';

export interface StoredContent {
  bytes: Uint8Array;
  mediaType: string;
}

/** Immutable bytes under their SHA-256 (`sha256:<hex>`), for whatever is too large for an event. */
export abstract class ContentStore {
  /**
   * Stores the bytes durably and returns the reference to record in an event. The same bytes twice are one
   * entry; the first media type stays. What no event names is deleted a day after it was last put or asked for.
   * @throws ContentTooLarge above 16 MiB
   */
  abstract put(bytes: Uint8Array, mediaType: string): Promise<Content>;

  /** The bytes, checked against the digest; undefined when unknown. */
  abstract get(digest: string): Promise<StoredContent | undefined>;

  /** Whether it is there. It then is for another day: time enough to record an event that names it. */
  abstract has(digest: string): Promise<boolean>;
}

export class ContentTooLarge extends Error {
  override readonly name = 'ContentTooLarge';
  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`content of ${bytes} bytes, at most ${limit}`);
  }
}
