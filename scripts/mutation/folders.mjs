// Folders whose specs are tried by mutation, and the specs that need no server.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a mistake loses or doubles something; what a service's folder `src` holds itself is one folder more. */
const RUNTIME = ['libs/runtime/src/commands', 'libs/runtime/src/consumers', 'gateway/src/live'];
const SERVICES = /^(services\/[a-z-]+\/src)(\/[a-z-]+)?\//;

const isMutated = (file) => file.endsWith('.ts') && !/\.(spec|d|migration)\.ts$|\/(testing|samples)\/|\/main\.ts$/.test(file);

/** @param {string} root */
export const filesOf = (root) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'services', 'libs', 'gateway'], {
    cwd: root,
    encoding: 'utf8',
  }).split('\n');

/** The folder that a file counts to, if it is one of those. */
export function folderOf(file) {
  const own = RUNTIME.find((folder) => file.startsWith(`${folder}/`));
  const [, service, part = ''] = SERVICES.exec(file) ?? [];
  return own ?? (service && service + part);
}

/** Files by folder, in the order in which they are run. */
export function mutatedFolders(files) {
  const folders = new Map(RUNTIME.map((folder) => [folder, []]));
  for (const file of files.filter(isMutated)) {
    const folder = folderOf(file);
    if (folder) folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}

/** The project that a folder belongs to. */
export const projectOf = (folder) => folder.replace(/\/src(\/.*)?$/, '');

/** Specs of a project that start a server: too slow to be run once for each mutant. */
export function serverSpecs(files, project, root) {
  const specs = files.filter((file) => file.startsWith(`${project}/`) && file.endsWith('.spec.ts'));
  return specs.filter((file) => file.endsWith('.int.spec.ts') || startsServers(join(root, file), new Set()));
}

function startsServers(file, seen) {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (text.includes('@agencyos/supervisor/testing')) return true;
  const helpers = [...text.matchAll(/from '(\.[^']*\/(?:testing|test)\/[^']*|\.\/[^']*)\.js'/g)];
  return helpers.some(([, path]) => {
    const helper = join(dirname(file), `${path}.ts`);
    return !helper.endsWith('/index.ts') && startsServers(helper, seen);
  });
}
