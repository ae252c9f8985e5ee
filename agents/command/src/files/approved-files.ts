import { realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, relative, resolve } from 'node:path';

/** A folder that the worker's owner lets commands see. */
export interface GrantedFolder {
  path: string;
  /** Where the command finds it; the same path when absent. */
  as?: string | undefined;
  write: boolean;
}

/** Belongs to the machine: whoever can change it needs no approval. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/nix/store', '/dev', '/proc'];
/** Anything with a slash in it, up to what ends a path in a list, an option or a line of a shell. */
const paths = /[^\s:=,;'"`|&<>()]*\/[^\s:=,;'"`|&<>()]*/g;

/**
 * The first path that a guarded command names, as an argument or in its environment, and that nobody has approved: what
 * lies there could have been changed since the vote. Good are what it uses, what else lies in its own workspace, which
 * this worker has just made, the system, and folders that are granted read-only; a folder that is granted for writing, as
 * a place to write to.
 */
export async function unapprovedPath(
  { run, env = {} }: { run: readonly string[]; env?: Record<string, string> | undefined },
  workspace: string,
  granted: readonly GrantedFolder[],
): Promise<string | undefined> {
  const roots = await rootsOf(workspace, granted);
  for (const argument of run)
    for (const path of pathsIn(argument)) if (!(await isApproved(path, workspace, granted, roots))) return path;
  for (const value of Object.values(env))
    for (const path of pathsIn(value))
      // A folder to write to is no folder to take programs or libraries from.
      if (!(await isApproved(path, workspace, granted, { ...roots, writable: [] }))) return path;
  return undefined;
}

interface Roots {
  readOnly: string[];
  writable: string[];
}

async function rootsOf(workspace: string, granted: readonly GrantedFolder[]): Promise<Roots> {
  const real = (list: string[]) => Promise.all(list.map((path) => realpath(path).catch(() => path)));
  const readOnly = granted.flatMap(({ path, write }) => (write ? [] : [path]));
  const writable = granted.flatMap(({ path, write }) => (write ? [path] : []));
  return {
    readOnly: await real([...system, dirname(process.execPath), workspace, ...readOnly]),
    writable: await real([...writable, tmpdir()]),
  };
}

async function isApproved(
  path: string,
  workspace: string,
  granted: readonly GrantedFolder[],
  { readOnly, writable }: Roots,
): Promise<boolean> {
  const here = outside(resolve(workspace, path), granted);
  // Links are followed: what counts is where the bytes lie.
  const real = await realpath(here).catch(() => undefined);
  if (real === undefined) return true; // nothing lies there
  const within = (roots: string[]) => roots.filter((root) => isWithin(root, real));
  const longest = (roots: string[]) => Math.max(-1, ...within(roots).map(({ length }) => length));
  // Of two granted folders the inner one tells.
  if (longest(readOnly) > longest(writable)) return true;
  return longest(writable) >= 0 && (await stat(real)).isDirectory();
}

/** Where a path of the command's lies on this machine. */
function outside(path: string, granted: readonly GrantedFolder[]): string {
  const folder = granted
    .filter(({ path: source, as = source }) => isWithin(as, path))
    .sort((a, b) => (b.as ?? b.path).length - (a.as ?? a.path).length)[0];
  return folder ? resolve(folder.path, relative(folder.as ?? folder.path, path)) : path;
}

function pathsIn(text: string): string[] {
  const value = text.slice(text.indexOf('=') + 1);
  return [...new Set([text, value, ...(text.match(paths) ?? [])])].filter((path) => path.includes('/'));
}

const isWithin = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);
