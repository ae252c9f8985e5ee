import { z } from 'zod';
import { EventLine, HashChain } from '../log-transfer/transfer-line.js';

/** Raised when an older program could not read what this one writes. */
export const BACKUP_VERSION = 1;

const Name = z.string().regex(/^[a-z_][a-z0-9_]*$/);

/** One row; every column as the text that PostgreSQL makes of it. */
const RowLine = z.object({
  kind: z.literal('row'),
  service: Name,
  table: Name,
  row: z.record(z.string(), z.string().nullable()),
});
export type RowLine = z.infer<typeof RowLine>;

/** What the rows of one projection's views came to. */
const ViewsLine = z.object({
  kind: z.literal('views'),
  service: Name,
  projection: z.string(),
  version: z.int(),
  /** Of the log, up to which they were made. */
  position: z.string().regex(/^\d+$/),
  /** They lack facts that could not be taken, so another making of them may differ. */
  incomplete: z.boolean(),
  digests: z.array(z.object({ view: z.string(), rows: z.int(), digest: z.string() })),
});
export type ViewsLine = z.infer<typeof ViewsLine>;

const Head = z.object({
  kind: z.literal('backup'),
  version: z.int(),
  release: z.string(),
  madeAt: z.string(),
  installationId: z.uuid(),
  /** Identity of the log. */
  log: z.string(),
  /** Everything up to here is in it. */
  position: z.string().regex(/^\d+$/),
});
export type BackupHead = z.infer<typeof Head>;

/** A file of the data folder. Which paths may be written is the folder's business. */
const FileLine = z.object({ kind: z.literal('file'), path: z.string(), base64: z.string() });
export type FileLine = z.infer<typeof FileLine>;

const ContentLine = z.object({
  kind: z.literal('content'),
  digest: z.string(),
  mediaType: z.string(),
  base64: z.string(),
});
export type ContentLine = z.infer<typeof ContentLine>;

const EndLine = z.object({ kind: z.literal('end'), events: z.int(), contents: z.int(), rows: z.int(), files: z.int() });
export type BackupCounts = Omit<z.infer<typeof EndLine>, 'kind'>;

/** What a line of a backup says, in this order: head, files, views, rows, events, contents, end. */
export const BackupLine = z.discriminatedUnion('kind', [Head, FileLine, ViewsLine, RowLine, EventLine, ContentLine, EndLine]);
export type BackupLine = z.infer<typeof BackupLine>;

export const backupChain = () => new HashChain<BackupLine>({ lines: BackupLine, whole: 'a backup' });
