import type { Append } from './event-store.js';

/** JSON of an event's data and of its metadata. */
export interface EventText {
  data: string;
  metadata: string;
}

/** An append with its events as JSON: what they take is checked and what is written is made from the same text. */
export interface SerialisedAppend extends Append {
  texts: readonly EventText[];
}

export const serialise = (append: Append): SerialisedAppend => ({
  ...append,
  texts: append.events.map(({ data, metadata }) => ({ data: JSON.stringify(data), metadata: JSON.stringify(metadata) })),
});
