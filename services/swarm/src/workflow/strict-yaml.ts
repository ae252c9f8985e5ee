import { EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml';
import { readPlaces } from './yaml-places.js';
import { readValue, type YamlFault, type YamlRead } from './yaml-value.js';

/** Fast, and by the letter of YAML 1.2: `undefined` is what it does not understand. */
export function readStrictly(source: string): YamlRead | YamlFault[] | undefined {
  let events: Event[];
  try {
    events = parseEvents(source, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (!error.reason.startsWith('nesting exceeded')) return undefined;
    return [{ code: 'yaml', message: 'the file is nested too deeply', at: error.mark?.position ?? -1 }];
  }
  const foreign = foreignForm(events);
  if (foreign) return [{ code: 'yaml', message: foreign, at: -1 }];
  const aliases = events.filter(({ type }) => type === EVENT_ID.ALIAS).length;
  return { ...readValue(source, events), aliases, places: () => readPlaces(source, events) };
}

/** What would be read otherwise elsewhere. */
function foreignForm(events: readonly Event[]): string | undefined {
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT);
  if (documents.length > 1) return `the file holds ${documents.length} documents; a workflow is one`;
  const other = documents[0]?.directives.find((one) => one.kind === 'yaml' && one.version !== '1.2');
  return other?.kind === 'yaml' ? `the file asks for YAML ${other.version}; it is read as YAML 1.2` : undefined;
}
