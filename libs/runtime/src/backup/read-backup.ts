import { textLines } from '../log-transfer/transfer-file.js';
import { BrokenExport } from '../log-transfer/transfer-line.js';
import {
  BACKUP_VERSION,
  backupChain,
  type BackupCounts,
  type BackupHead,
  type BackupLine,
  type FileLine,
  type ViewsLine,
} from './backup-line.js';
import { positionsIn } from './service-tables.js';

/** Begins the text of a backup anew. */
export type OpenBackup = () => AsyncIterable<Buffer>;

/** What a whole backup holds, every line checked, beside what is too much to keep in hand. */
export interface BackupSummary extends BackupCounts {
  head: BackupHead;
  files: number;
  contentsOfFiles: FileLine[];
  views: ViewsLine[];
  /** Those that it has rows or views of. */
  services: Set<string>;
  /** Positions of the log that its rows name. */
  positions: Set<bigint>;
  digest: string;
}

/** It was made by a program that this one does not know. */
export class NewerBackup extends Error {
  override readonly name = 'NewerBackup';
}

/** The lines, each checked against those before it. @throws BrokenExport */
export async function* linesOf(open: OpenBackup): AsyncGenerator<BackupLine> {
  yield* chained(open, backupChain());
}

async function* chained(open: OpenBackup, chain: ReturnType<typeof backupChain>): AsyncGenerator<BackupLine> {
  let number = 0;
  for await (const { text } of textLines(open())) yield chain.read(text, ++number);
}

/**
 * Reads it all, so that nothing of a broken or newer one is ever restored.
 * @param release of this program
 * @throws BrokenExport, NewerBackup
 */
export async function checkBackup(open: OpenBackup, release: string): Promise<BackupSummary> {
  const chain = backupChain();
  const counts: BackupCounts = { events: 0, contents: 0, rows: 0, files: 0 };
  const [contentsOfFiles, views, positions] = [[] as FileLine[], [] as ViewsLine[], new Set<bigint>()];
  const services = new Set<string>();
  let head: BackupHead | undefined;
  let ended = false;
  for await (const line of chained(open, chain)) {
    if (ended) throw new BrokenExport('there is more behind the end');
    if (line.kind === 'backup') assertKnown((head = line), release);
    else if (!head) throw new BrokenExport('line 1 does not say that this is a backup');
    if (line.kind === 'file') contentsOfFiles.push(line);
    if (line.kind === 'views') views.push(line);
    if (line.kind === 'views' || line.kind === 'row') services.add(line.service);
    if (line.kind === 'row') for (const position of positionsIn(line.table, line.row)) positions.add(position);
    if (line.kind === 'end') {
      ended = true;
      for (const what of ['events', 'contents', 'rows', 'files'] as const)
        if (line[what] !== counts[what]) throw new BrokenExport(`${what} are missing`);
    } else if (line.kind !== 'backup' && line.kind !== 'views') {
      counts[COUNTED[line.kind]]++;
    }
  }
  if (!head || !ended) throw new BrokenExport('it ends in the middle: it was cut, or is no backup');
  for (const { position } of views) positions.add(BigInt(position));
  return { head, ...counts, contentsOfFiles, views, services, positions, digest: `sha256:${chain.digest}` };
}

const COUNTED = { event: 'events', content: 'contents', row: 'rows', file: 'files' } as const;

function assertKnown({ version, release: made }: BackupHead, release: string): void {
  if (version <= BACKUP_VERSION && !isNewer(made, release)) return;
  throw new NewerBackup(`it was made by AgencyOS ${made}, which is newer than this (${release}): restore it with that one`);
}

function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((release) => release.split(/[.-]/).map(Number));
  for (let n = 0; n < 3; n++) if (a![n] !== b![n]) return (a![n] ?? 0) > (b![n] ?? 0);
  return false;
}
