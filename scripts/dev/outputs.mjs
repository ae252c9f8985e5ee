import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What each project was last compiled to: only a program that has become another one is worth a restart. */
export class Outputs {
  #last;
  /** What was saved last did not compile. */
  broken = false;

  constructor(projectRoot, folders) {
    this.projectRoot = projectRoot;
    this.folders = folders;
    this.#last = this.#digests();
  }

  /** @returns {string[]} folders of the projects whose programs are others than when it was asked before */
  changed() {
    const before = this.#last;
    this.#last = this.#digests();
    return this.folders.filter((folder) => this.#last.get(folder) !== before.get(folder));
  }

  #digests() {
    return new Map(this.folders.map((folder) => [folder, digestOf(join(this.projectRoot, folder, 'dist'))]));
  }
}

function digestOf(folder) {
  const hash = createHash('sha256');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];
  for (const name of files)
    if (name.endsWith('.js'))
      hash
        .update(name)
        .update('\0')
        .update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** @returns {Promise<string[]>} names of the services and agents that run on one of the projects, by the installation's table */
export async function usersOf(projectRoot, folders) {
  const { agentsOf, installation } = await import(join(projectRoot, 'contracts/dist/installation/index.js'));
  const changed = new Set(folders.map((folder) => packageOf(projectRoot, folder).name));
  const rows = [...installation.services, ...agentsOf(installation)];
  return rows
    .filter(({ folder }) => packagesBelow(projectRoot, folder).some((name) => changed.has(name)))
    .map(({ name }) => name);
}

/** The package of a folder and all of ours that it uses, directly or not. */
function packagesBelow(projectRoot, folder, seen = new Set()) {
  const { name, dependencies = {} } = packageOf(projectRoot, folder);
  seen.add(name);
  for (const used of Object.keys(dependencies)) {
    if (used.startsWith('@agencyos/') && !seen.has(used)) packagesBelow(projectRoot, `node_modules/${used}`, seen);
  }
  return [...seen];
}

const packageOf = (projectRoot, folder) => JSON.parse(readFileSync(join(projectRoot, folder, 'package.json'), 'utf8'));
