// A Chromium for the end-to-end tests: the one named by CHROMIUM, one on PATH, the system's package where root may
// install it, else the distribution's packages unpacked into the project, else the npm package.
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AptRoot, packageSource, sourceLine, unpackDebian } from '../supervisor/bin/debian-packages.mjs';
import { Problem } from '../supervisor/bin/problem.mjs';
import { lastLine, runCommand } from '../supervisor/bin/run-command.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const packages = ['chromium', 'fonts-liberation'];

/**
 * @param {{projectRoot: string, onFetch?: (how: string) => void}} options
 * @returns {Promise<string>} path of an executable that starts
 * @throws {Problem} when there is none to be had
 */
export async function findChromium({ projectRoot, onFetch = () => {} }) {
  if (process.env.CHROMIUM) {
    if (await starts(process.env.CHROMIUM)) return process.env.CHROMIUM;
    throw new Problem(`CHROMIUM is ${process.env.CHROMIUM}, which does not start: set it to a Chromium, or unset it.`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const own = join(projectRoot, '.cache/chromium/chromium');
  for (const path of [...folders.flatMap((folder) => names.map((name) => join(folder, name))), own]) {
    if (existsSync(path) && (await starts(path))) return path;
  }
  const ways = [installAsRoot, unpackIntoProject, fromNpm];
  const reasons = [];
  for (const way of ways) {
    try {
      const path = await way(projectRoot, onFetch);
      if (path === undefined) continue;
      const { code, stderr } = await version(path);
      if (code === 0) return path;
      reasons.push(`${path} does not start: ${lastLine(stderr)}`);
    } catch (error) {
      reasons.push(error.message);
    }
  }
  throw new Problem(
    `No Chromium could be had${reasons.length ? ` (${reasons.join('; ')})` : ''}: install one, or set CHROMIUM to its path.`,
  );
}

async function starts(path) {
  return (await version(path)).code === 0;
}

function version(path) {
  return runCommand(path, ['--version', '--no-sandbox']);
}

async function installAsRoot(_projectRoot, onFetch) {
  const source = packageSource();
  if (process.getuid?.() !== 0 || source?.id !== 'debian') return undefined; // Ubuntu's package needs snap
  onFetch("installing the system's package");
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    const result = await runCommand('apt-get', ['-q', ...args], { env });
    if (result.code !== 0) throw new Problem(lastLine(result.stderr || result.stdout));
  }
  return '/usr/bin/chromium';
}

/** The packages' own files under `.cache/chromium/root`, and a script that starts Chromium from there. */
async function unpackIntoProject(projectRoot, onFetch) {
  const source = packageSource();
  if (source?.id !== 'debian') return undefined;
  onFetch("unpacking the distribution's packages into .cache/chromium");
  const folder = join(projectRoot, '.cache/chromium');
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, 'fetch-'));
  try {
    const lines = [sourceLine(source, source.codename, 'main')];
    const apt = new AptRoot(scratch, lines);
    await apt.update();
    const files = await apt.downloadWithDependencies(packages);
    const fresh = join(scratch, 'root');
    // the C library stays the system's own: two of them in one process do not go together
    for (const file of files) if (!/^libc(6|-bin)_/.test(basename(file))) await unpackDebian(file, fresh);
    const root = join(folder, 'root');
    await rm(root, { recursive: true, force: true });
    await rename(fresh, root);
    return await writeLauncher(folder, root);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function writeLauncher(folder, root) {
  const triplet = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraries = ['usr/lib', 'lib'].flatMap((place) => libraryFolders(join(root, place, triplet)));
  const fonts = join(folder, 'fonts.conf');
  await writeFile(
    fonts,
    `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir>${root}/usr/share/fonts</dir>` +
      `<cachedir>${folder}/font-cache</cachedir></fontconfig>\n`,
  );
  const launcher = join(folder, 'chromium');
  // without a font configuration of its own it finds no font, and every text has height 0
  const script = `#!/bin/sh
export LD_LIBRARY_PATH=${quote(libraries.join(':'))}
export FONTCONFIG_FILE=${quote(fonts)}
exec ${quote(join(root, 'usr/lib/chromium/chromium'))} "$@"
`;
  await writeFile(launcher, script);
  await chmod(launcher, 0o755);
  return launcher;
}

/** The folder and those directly in it that hold libraries: some are found only by an absolute path in others. */
function libraryFolders(folder) {
  if (!existsSync(folder)) return [];
  const holdsLibraries = (path) => readdirSync(path).some((name) => /^lib.*\.so/.test(name));
  const inner = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
  return [folder, ...inner.filter(holdsLibraries)];
}

/** Brings its own libraries where the system has none. */
async function fromNpm(projectRoot, onFetch) {
  const entry = join(projectRoot, 'node_modules/@sparticuz/chromium/build/esm/index.js');
  if (process.platform !== 'linux' || !existsSync(entry)) return undefined;
  onFetch('unpacking the npm package @sparticuz/chromium');
  const { default: chromium } = await import(pathToFileURL(entry).href);
  return chromium.executablePath();
}

function quote(path) {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
