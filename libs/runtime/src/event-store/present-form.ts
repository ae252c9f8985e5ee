import {
  cleanData,
  parseStream,
  UnknownEventVersion,
  upcast as upcastPublished,
  type Upcast,
  type VersionedEvent,
} from '@agencyos/contracts';

/**
 * How one service reads what was recorded: in the form of today, whatever form it was written in, and as text that
 * databases, digests and screens take. The log itself, and the digests in it, stay as they are.
 */
export class PresentForm {
  private own: ReadonlySet<string> = new Set();

  constructor(private readonly upcast: Upcast = upcastPublished) {}

  /** The service's own streams: there it must understand everything, or stop. */
  owns(categories: readonly string[]): void {
    this.own = new Set(categories);
  }

  /**
   * What a newer version wrote into a stream of another service comes back as it is: of an unknown event a reader
   * takes no notice, and a later schema only adds fields that it does not look at.
   * @throws UnknownEventVersion when it stands in a stream of its own: to pass it over would be silent corruption
   */
  of<E extends RecordedForm>(event: E): E {
    const clean = withPlainText(event);
    try {
      return this.upcast(clean);
    } catch (error) {
      const foreign = !this.own.has(parseStream(event.stream).category);
      if (foreign && error instanceof UnknownEventVersion) return clean;
      throw error;
    }
  }
}

type RecordedForm = VersionedEvent & { stream: string; metadata?: unknown };

/** Commands were not always refused for NUL and halves of surrogate pairs. */
function withPlainText<E extends RecordedForm>(event: E): E {
  const data = cleanData(event.data);
  const metadata = cleanData(event.metadata);
  return data === event.data && metadata === event.metadata ? event : { ...event, data, metadata };
}
