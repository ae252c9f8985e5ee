import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Answered } from './api.js';
import type { System } from './system.js';

const cli = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'agencyos.mjs');

export interface LoggedEvent {
  id: string;
  type: string;
  stream: string;
  revision: number;
  metadata: { commandId: string };
}

/** Every event of a stopped system, in the order of its log. */
export async function exportedLog(system: System): Promise<LoggedEvent[]> {
  const file = join(system.dataDir, '..', 'log.jsonl');
  await promisify(execFile)(process.execPath, [cli, 'log', 'export', file, '--data-dir', system.dataDir]);
  return (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: { kind: string } & LoggedEvent }).body)
    .filter(({ kind }) => kind === 'event');
}

/**
 * What is wrong with how the log holds commands that were answered 2xx: each must have events in the receipt's stream
 * alone, one after another up to the receipt's revision. The commands of these tests record each kind of event once:
 * a second of a kind is a second effect.
 */
export function notExactlyOnce(log: LoggedEvent[], answered: Iterable<Answered>): string[] {
  const byCommand = Map.groupBy(log, ({ metadata }) => metadata.commandId);
  const wrong: string[] = [];
  for (const { id, type, stream, revision } of answered) {
    const events = byCommand.get(id) ?? [];
    const first = revision - events.length + 1;
    const inPlace = events.every((event, index) => event.stream === stream && event.revision === first + index);
    const kinds = new Set(events.map((event) => event.type));
    if (events.length > 0 && inPlace && kinds.size === events.length) continue;
    const found = events.map((event) => `${event.stream}@${event.revision} ${event.type}`).join(', ');
    wrong.push(`${type} ${id} was answered with ${stream}@${revision}; the log has: ${found || 'nothing'}`);
  }
  return wrong;
}

/** Ids and places in streams that the log has more than once. */
export function repeated(log: LoggedEvent[]): string[] {
  const seen = new Set<string>();
  return log
    .flatMap(({ id, stream, revision }) => [id, `${stream}@${revision}`])
    .filter((name) => seen.size === seen.add(name).size);
}
