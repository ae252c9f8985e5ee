import { EVENT_ID, getScalarValue, type Event } from 'js-yaml';
import { placeOf } from './yaml-value.js';

/** Where a part of the source stands, and its own parts. */
export interface YamlPlace {
  /** -1 where nothing is written. */
  at: number;
  items?: YamlPlace[];
  members?: Map<string, { key: number; value: YamlPlace }>;
}

/** Looked for only when something is wrong. */
export function readPlaces(source: string, events: readonly Event[]): YamlPlace {
  let root: YamlPlace = { at: -1 };
  const open: { place: YamlPlace; key: { text: string; at: number } | undefined }[] = [];
  const put = (place: YamlPlace, text?: string) => {
    const into = open.at(-1);
    if (!into) root = place;
    else if (into.place.items) into.place.items.push(place);
    else if (!into.key) into.key = { text: text ?? '', at: place.at };
    else {
      into.place.members!.set(into.key.text, { key: into.key.at, value: place });
      into.key = undefined;
    }
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        break;
      case EVENT_ID.POP:
        open.pop();
        break;
      case EVENT_ID.ALIAS:
        put({ at: event.anchorStart - 1 });
        break;
      case EVENT_ID.SCALAR:
        put({ at: placeOf(source, event) }, getScalarValue(source, event));
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const isList = event.type === EVENT_ID.SEQUENCE;
        const place = { at: event.start, ...(isList ? { items: [] } : { members: new Map() }) };
        put(place);
        open.push({ place, key: undefined });
      }
    }
  }
  return root;
}
