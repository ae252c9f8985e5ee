import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as prettier from 'prettier';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { SourceEdit } from './source-edit.mjs';

/** Files to be made and changed, all or none: nothing is written before everything has found its place. */
export class Changes {
  #created = new Map();
  #edits = new Map();
  #left = [];

  constructor(root) {
    this.root = root;
  }

  /** Paths from the root, without what was built and without specs. */
  files(pattern) {
    const isSource = (path) => !/(^|\/)(node_modules|dist)\/|\.spec\.ts$|\.d\.m?ts$/.test(path);
    return globSync(pattern, { cwd: this.root }).filter(isSource).sort();
  }

  read(path) {
    return readFileSync(join(this.root, path), 'utf8');
  }

  edit(path) {
    let edit = this.#edits.get(path);
    if (!edit) this.#edits.set(path, (edit = new SourceEdit(path, this.read(path))));
    return edit;
  }

  create(path, text) {
    if (existsSync(join(this.root, path))) throw new Problem(`${path} is there already. Take another name.`);
    this.#created.set(path, text);
  }

  /** What a person has to decide in the file, where it last says `at`. */
  leave(path, what, at) {
    if (!this.#left.some((one) => one.path === path && one.what === what)) this.#left.push({ path, what, at });
  }

  /** @returns {Promise<{created: string[], changed: string[], left: {place: string, what: string}[]}>} */
  async write() {
    const edited = [...this.#edits.values()].map((edit) => [edit.path, edit.result()]);
    const files = [...this.#created, ...edited.filter(([path, text]) => text !== this.read(path))];
    const written = await Promise.all(files.map(async ([path, text]) => [path, await this.#formatted(path, text)]));
    for (const [path, text] of written) {
      await mkdir(dirname(join(this.root, path)), { recursive: true });
      await writeFile(join(this.root, path), text);
    }
    const created = [...this.#created.keys()];
    const changed = written.map(([path]) => path).filter((path) => !this.#created.has(path));
    return { created, changed, left: this.#left.map((one) => ({ place: placeOf(one, new Map(written)), what: one.what })) };
  }

  async #formatted(path, text) {
    const filepath = join(this.root, path);
    const { inferredParser } = await prettier.getFileInfo(filepath);
    if (!inferredParser) return text;
    return prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
  }
}

/** `path:line` */
function placeOf({ path, at }, texts) {
  const text = texts.get(path);
  return `${path}:${text.slice(0, text.lastIndexOf(at)).split('\n').length}`;
}
