import { readTar, writeTar, type TarEntry } from '../files/tar.js';
import { FileRefused } from '../files/file-refused.js';
import { readAllProduced, type ProducedFile } from '../files/produced-files.js';
import { readResult, ResultRefused, Result, type CommandResult } from '../result-file.js';
import { z } from 'zod';

const Refusal = z.strictObject({ code: z.string(), message: z.string() });
const Head = z.strictObject({
  /** Why nothing could be brought. */
  refused: Refusal.optional(),
  result: z.union([z.strictObject({ value: Result.optional() }), z.strictObject({ refused: Refusal })]).optional(),
  produced: z
    .union([z.strictObject({ files: z.record(z.string(), z.string()) }), z.strictObject({ refused: Refusal })])
    .optional(),
});

/** What a command has left in its workspace, read where it lies. */
export interface Delivery {
  /** Nothing has come of it: its workspace could not be made. */
  undeliverable: boolean;
  /** @throws ResultRefused, FileRefused */
  result(): CommandResult | undefined;
  /** @throws FileRefused */
  produced(): ProducedFile[];
}

const HEAD = 'delivery.json';
const FILES = 'produced/';

/** Looks at a workspace when its command has ended; whether that has succeeded is not known here. */
export async function deliveryFrom(
  { workspace, resultFile }: { workspace: string; resultFile: string },
  produces: Readonly<Record<string, string>>,
): Promise<Buffer> {
  let files: ProducedFile[] = [];
  const result = await readResult(resultFile).then((value) => ({ value }), refusalOf);
  const produced = await readAllProduced(produces, workspace).then((read) => {
    files = read;
    return { files: Object.fromEntries(read.map(({ name, mediaType }) => [name, mediaType])) };
  }, refusalOf);
  return archive({ result, produced }, files);
}

/** That a workspace could not be made. @throws everything else */
export const undeliverable = (error: unknown): Buffer => archive(refusalOf(error), []);

function archive(head: z.input<typeof Head>, files: readonly ProducedFile[]): Buffer {
  const entry = (path: string, bytes: Uint8Array): TarEntry => ({ path, kind: 'file', bytes, executable: false });
  return writeTar([
    entry(HEAD, Buffer.from(JSON.stringify(head))),
    ...files.map(({ name, bytes }) => entry(`${FILES}${name}`, bytes)),
  ]);
}

/** @throws Error where it is none */
export function readDelivery(bytes: Uint8Array): Delivery {
  const entries = new Map(readTar(bytes).flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.bytes]] : [])));
  const head = Head.parse(JSON.parse(Buffer.from(entries.get(HEAD) ?? []).toString()));
  const brought = () => {
    if (head.refused) throw new FileRefused(head.refused.code as FileRefused['code'], head.refused.message);
  };
  return {
    undeliverable: head.refused !== undefined,
    result() {
      brought();
      const { result = {} } = head;
      if ('refused' in result) throw new ResultRefused(result.refused.code as ResultRefused['code'], result.refused.message);
      return result.value;
    },
    produced() {
      brought();
      const { produced = { files: {} } } = head;
      if ('refused' in produced) throw new FileRefused(produced.refused.code as FileRefused['code'], produced.refused.message);
      return Object.entries(produced.files).map(([name, mediaType]) => {
        const found = entries.get(`${FILES}${name}`);
        if (!found) throw new FileRefused('produced_missing', `"${name}" has not been brought.`);
        return { name, mediaType, bytes: found };
      });
    },
  };
}

function refusalOf(error: unknown): { refused: z.infer<typeof Refusal> } {
  if (!(error instanceof ResultRefused || error instanceof FileRefused)) throw error;
  return { refused: { code: error.code, message: error.message } };
}
