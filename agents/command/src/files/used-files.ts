import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FOLDER_MEDIA_TYPE, type Content } from '@agencyos/contracts';
import { NotReadable, type ContentClient } from '@agencyos/agent';
import { FileRefused } from './file-refused.js';
import { staysInside } from './produced-files.js';
import { readTar, type TarEntry } from './tar.js';

/** Where a command finds what it uses. */
export const usesFolder = (workspace: string): string => join(workspace, 'uses');

/**
 * Puts what a task uses into its workspace, exactly the bytes that its input names by digest. The files are read-only;
 * the folders are not, so that whoever may delete the workspace can.
 *
 * @throws FileRefused, which names the file; the signal's reason once it is aborted
 */
export async function unpackUses(
  uses: Readonly<Record<string, Content>>,
  workspace: string,
  store: Pick<ContentClient, 'get'>,
  signal: AbortSignal,
): Promise<void> {
  const folder = usesFolder(workspace);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, { digest, mediaType }] of Object.entries(uses)) {
    try {
      const bytes = await store.get(digest, signal);
      if (mediaType === FOLDER_MEDIA_TYPE) await unpack(readTar(bytes), join(folder, name));
      // Whether a single file was executable is not told: it may be run.
      else await write(join(folder, name), bytes, 0o555);
    } catch (error) {
      if (signal.aborted) throw error;
      const why = error instanceof NotReadable ? error.message : `it cannot be unpacked: ${String(error)}`;
      throw new FileRefused('uses_unreadable', `"${name}": ${why}`);
    }
  }
}

/** Whoever stored the archive: nothing of it lands outside of the folder. */
async function unpack(entries: readonly TarEntry[], folder: string): Promise<void> {
  await mkdir(folder);
  for (const entry of entries) {
    const unsafe = entry.path.split('/').some((part) => part === '' || part === '.' || part === '..');
    if (unsafe || (entry.kind === 'link' && !staysInside(entry.path, entry.target)))
      throw new Error(`"${entry.path}" leads out of it`);
  }
  for (const entry of entries) {
    const place = join(folder, entry.path);
    await mkdir(entry.kind === 'folder' ? place : dirname(place), { recursive: true });
    if (entry.kind === 'file') await write(place, entry.bytes, entry.executable ? 0o555 : 0o444);
  }
  // Last of all, so that nothing is written through a link.
  for (const entry of entries) if (entry.kind === 'link') await symlink(entry.target, join(folder, entry.path));
}

/** A name that is there already is a fault. */
async function write(place: string, bytes: Uint8Array, mode: number): Promise<void> {
  await writeFile(place, bytes, { flag: 'wx' });
  await chmod(place, mode);
}
