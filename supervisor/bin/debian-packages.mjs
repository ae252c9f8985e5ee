import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from './problem.mjs';
import { lastLine, runCommand } from './run-command.mjs';

/** Newest stable suite of each distribution that carries a NATS server ≥ 2.10.7. */
const natsSuite = { debian: ['trixie', 'main'], ubuntu: ['noble', 'universe'] };

/**
 * Where this system's packages come from, read from its own configuration.
 *
 * @returns {{id: 'debian' | 'ubuntu', codename: string, mirror: string, keyring: string} | undefined}
 *   undefined on a system without apt or without its archive's keyring.
 */
export function packageSource(root = '/') {
  const release = readText(join(root, 'etc/os-release'));
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(release)?.[1] ?? '';
  const id = [field('ID'), ...field('ID_LIKE').split(' ')].find((name) => name === 'debian' || name === 'ubuntu');
  const keyring = join(root, `usr/share/keyrings/${id}-archive-keyring.gpg`);
  if (!id || !existsSync(keyring) || !existsSync(join(root, 'usr/bin/apt-get'))) return undefined;
  const codename = field('VERSION_CODENAME');
  const fallback = id === 'debian' ? 'http://deb.debian.org/debian' : 'http://archive.ubuntu.com/ubuntu';
  return { id, codename, mirror: mirrorOf(root, codename) ?? fallback, keyring };
}

/** The source line of the suite from which the NATS server is taken. */
export function natsSourceLine(source) {
  const [suite, component] = natsSuite[source.id];
  return sourceLine(source, suite, component);
}

/** One apt source line, with the archive's own signature check. */
export function sourceLine({ keyring, mirror }, suite, components) {
  return `deb [signed-by=${keyring}] ${mirror} ${suite} ${components}`;
}

/**
 * A private apt root: lists, state and cache in `dir`, so that nothing on the user's system changes and no
 * right beyond an ordinary user's is needed. Signatures are checked by apt itself.
 */
export class AptRoot {
  #options;

  constructor(dir, sourceLines) {
    this.dir = dir;
    this.sourceLines = sourceLines;
    const at = (path) => join(dir, path);
    const settings = {
      'Dir::State': at('state'),
      'Dir::State::Lists': at('lists'),
      'Dir::State::status': at('status'),
      'Dir::Cache': at('cache'),
      'Dir::Etc::SourceList': at('sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::Etc::PreferencesParts': '/dev/null',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
      'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
      'Debug::NoLocking': '1',
    };
    this.#options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  }

  async update() {
    for (const folder of ['state', 'lists/partial', 'cache/archives/partial']) {
      await mkdir(join(this.dir, folder), { recursive: true });
    }
    await writeFile(join(this.dir, 'status'), '');
    await writeFile(join(this.dir, 'sources.list'), this.sourceLines.join('\n') + '\n');
    // apt exits 0 when a mirror is unreachable and only warns; --error-on=any makes it a failure.
    await this.#apt(['update', '--error-on=any'], this.dir);
  }

  /** Downloads packages without their dependencies into the root's folder. */
  async download(packages) {
    await this.#apt(['download', ...packages], this.dir);
    return this.#packageFiles(this.dir);
  }

  /** Downloads packages with all that they depend on, as if nothing were installed. */
  async downloadWithDependencies(packages) {
    await this.#apt(['install', '--yes', '--download-only', '--no-install-recommends', ...packages], this.dir);
    return this.#packageFiles(join(this.dir, 'cache/archives'));
  }

  async #apt(args, cwd) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
    const result = await runCommand('apt-get', [...this.#options, '-q', ...args], { cwd, env });
    if (result.code !== 0) throw new Problem(lastLine(result.stderr || result.stdout));
  }

  #packageFiles(folder) {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.deb'))
      .map((name) => join(folder, name));
  }
}

/** Unpacks a Debian package's files below `into`. */
export async function unpackDebian(file, into) {
  const result = await runCommand('dpkg-deb', ['-x', file, into]);
  if (result.code !== 0) throw new Problem(lastLine(result.stderr));
}

function mirrorOf(root, codename) {
  const files = [join(root, 'etc/apt/sources.list')];
  const parts = join(root, 'etc/apt/sources.list.d');
  if (existsSync(parts)) files.push(...readdirSync(parts).map((name) => join(parts, name)));
  for (const file of files) {
    const text = readText(file);
    for (const stanza of text.split(/\n\s*\n/)) {
      const suites = /^Suites:\s*(.*)$/im.exec(stanza)?.[1]?.split(/\s+/) ?? [];
      const uri = /^URIs:\s*(https?:\S+)/im.exec(stanza)?.[1];
      if (uri && suites.includes(codename)) return uri;
    }
    const line = new RegExp(`^deb\\s+(?:\\[[^\\]]*\\]\\s+)?(https?:\\S+)\\s+${codename}\\s`, 'm').exec(text);
    if (line) return line[1];
  }
  return undefined;
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
