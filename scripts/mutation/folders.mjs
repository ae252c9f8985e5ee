// Folders whose specs are tried by mutation, and the specs that need no server.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where a mistake loses or doubles something; what a service's folder `src` holds itself is one folder more. */
const RUNTIME = ['libs/runtime/src/commands', 'libs/runtime/src/consumers', 'gateway/src/live'];
const SERVICES = /^(services\/[a-z-]+\/src)(\/[a-z-]+)?\//;

const isSource = (file) => file.endsWith('.ts') && !/\.(spec|d)\.ts$|\/(testing|samples)\//.test(file);
/** Nothing is decided in it: tables, starts, and what names the parts of a service. Only a running one shows it. */
const WIRING = /\.(migration|module)\.ts$|\/(main|index|service|options)\.ts$/;

/** @param {string} root */
export const filesOf = (root) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'services', 'libs', 'gateway'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => existsSync(join(root, file)));

/** The folder that a file counts to, if it is one of those. */
export function folderOf(file) {
  const own = RUNTIME.find((folder) => file.startsWith(`${folder}/`));
  const [, service, part = ''] = SERVICES.exec(file) ?? [];
  return own ?? (service && service + part);
}

/**
 * Files by folder, in the order in which they are run, and those left out: wiring, and what its own spec shows with real
 * servers, which are too slow to be asked once for each mutant.
 * @param {string[]} withServers specs that start servers
 * @returns {Map<string, {mutated: string[], leftOut: string[]}>}
 */
export function mutatedFolders(files, withServers) {
  const folders = new Map(RUNTIME.map((folder) => [folder, { mutated: [], leftOut: [] }]));
  const specs = files.filter((file) => file.endsWith('.spec.ts'));
  for (const file of files.filter(isSource)) {
    const folder = folderOf(file);
    if (!folder) continue;
    if (!folders.has(folder)) folders.set(folder, { mutated: [], leftOut: [] });
    const own = specs.filter((spec) => isSpecOf(spec, file));
    const isLeftOut = WIRING.test(file) || (own.length > 0 && own.every((spec) => withServers.includes(spec)));
    folders.get(folder)[isLeftOut ? 'leftOut' : 'mutated'].push(file);
  }
  return folders;
}

/** Of the same name, beside it or in the project's folder `test`. */
function isSpecOf(spec, file) {
  const project = projectOf(folderOf(file));
  const isNear = dirname(spec) === dirname(file) || dirname(spec) === `${project}/test`;
  return isNear && basename(spec).replace(/(\.int)?\.spec\.ts$/, '') === basename(file, '.ts');
}

/** The project that a folder belongs to. */
export const projectOf = (folder) => folder.replace(/\/src(\/.*)?$/, '');

export const projectsOf = (files) => [...new Set(files.flatMap((file) => folderOf(file) ?? []).map(projectOf))];

/** For `testPathIgnorePatterns`. */
export const specPattern = (file) => `/${file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

/** Specs of a project that start a server: too slow to be run once for each mutant, or while one works. */
export function serverSpecs(files, project, root) {
  const specs = files.filter((file) => file.startsWith(`${project}/`) && file.endsWith('.spec.ts'));
  return specs.filter((file) => file.endsWith('.int.spec.ts') || startsServers(join(root, file), new Set()));
}

function startsServers(file, seen) {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (text.includes('@agencyos/testing/servers')) return true;
  const helpers = [...text.matchAll(/from '(\.[^']*\/(?:testing|test)\/[^']*|\.\/[^']*)\.js'/g)];
  return helpers.some(([, path]) => {
    const helper = join(dirname(file), `${path}.ts`);
    return !helper.endsWith('/index.ts') && startsServers(helper, seen);
  });
}
