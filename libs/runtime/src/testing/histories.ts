import { fromCloudEvent, parseStream, type CloudEvent } from '@agencyos/contracts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryContentStore } from '../content-store/memory-content-store.js';
import type { NewEvent } from '../event-store/index.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import { checkExport, readLines } from '../log-transfer/transfer-file.js';

type WrittenEvent = NewEvent & { stream: string };

/** What was recorded once, in the order of the log, in the form in which it was written. */
export interface History {
  name: string;
  installationId: string;
  events: WrittenEvent[];
  contents: Array<{ bytes: Uint8Array; mediaType: string }>;
}

/** How a stream of each category begins. */
const BEGINNINGS: Record<string, string[]> = {
  board: ['BoardOpened', 'ColumnAdded', 'CardAdded'],
  run: ['RunStarted', 'TasksPlanned', 'TaskScheduled', 'TaskLeased'],
  approval: ['ApprovalRequested'],
  policy: ['PolicyPublished'],
  target: ['TargetRegistered'],
  monitor: ['MonitorPublished'],
  incident: ['IncidentOpened', 'IncidentResponseStarted'],
  repair: ['RepairProposed', 'RepairStarted', 'RepairStepStarted'],
  autonomy: ['AutonomySet'],
  directory: ['UserAdded'],
  token: ['TokenIssued'],
};
const INSTALLATION = '01900000-0000-7000-8000-000000000001';
const contracts = fileURLToPath(new URL('../../../../contracts/', import.meta.url));

/** Whole logs, one or more per release, exactly as `agencyos log export` wrote them. @throws BrokenExport */
export async function corpus(): Promise<History[]> {
  const histories: History[] = [];
  for (const path of await filesIn('corpus', '.jsonl')) {
    const file = join(contracts, 'corpus', path);
    const { installationId } = await checkExport(file);
    const history: History = { name: path.replace(/\.jsonl$/, ''), installationId, events: [], contents: [] };
    for await (const line of readLines(file)) {
      if (line.kind === 'event') history.events.push(line as unknown as WrittenEvent);
      if (line.kind === 'content')
        history.contents.push({ bytes: Buffer.from(line.base64, 'base64'), mediaType: line.mediaType });
    }
    histories.push(history);
  }
  return histories;
}

/** Every frozen event with what must have happened before it in its stream. */
export async function frozenEvents(): Promise<History[]> {
  const frozen: WrittenEvent[] = [];
  for (const path of await filesIn('fixtures', '.json')) {
    const text = await readFile(join(contracts, 'fixtures', path), 'utf8');
    frozen.push(fromCloudEvent(JSON.parse(text) as CloudEvent));
  }
  const lastOf = (type: string) => {
    const versions = frozen.filter((event) => event.type === type).sort((a, b) => a.schema - b.schema);
    if (versions.length === 0) throw new Error(`there is no frozen ${type}`);
    return versions.at(-1)!;
  };
  return frozen.map((event) => {
    const beginning = BEGINNINGS[parseStream(event.stream).category] ?? [];
    const before = beginning.includes(event.type) ? beginning.slice(0, beginning.indexOf(event.type)) : beginning;
    const events = [...before.map((type) => ({ ...lastOf(type), stream: event.stream })), event];
    return { name: `${event.type}.v${event.schema}`, installationId: INSTALLATION, events, contents: [] };
  });
}

/** The history in stores of its own. */
export async function storesOf({ events, contents }: History) {
  const log = new MemoryEventStore();
  const next = new Map<string, number>();
  for (const { stream, id, type, schema, data, metadata } of events) {
    const revision = next.get(stream) ?? 0;
    next.set(stream, revision + 1);
    const event = { id, type, schema, data, metadata };
    const result = await log.append({
      stream,
      expectedRevision: revision - 1,
      events: [event],
      commands: [],
    });
    if (result.status !== 'appended') throw new Error(`${stream}@${revision}: ${result.status}`);
  }
  const content = new MemoryContentStore();
  for (const { bytes, mediaType } of contents) await content.put(bytes, mediaType);
  return { log, content };
}

async function filesIn(folder: string, ending: string): Promise<string[]> {
  const paths = await readdir(join(contracts, folder), { recursive: true });
  return paths.filter((path) => path.endsWith(ending)).sort();
}
