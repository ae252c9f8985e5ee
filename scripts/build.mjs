import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds every project: TypeScript by one incremental compiler run, the dashboard when its inputs changed. */
const root = join(fileURLToPath(import.meta.url), '..', '..');
const bundledNode = join(root, 'node_modules', '.bin', 'node');
const node = existsSync(bundledNode) ? bundledNode : process.execPath;

const typescriptProjects = ['contracts', 'libs', 'services', 'gateway', 'agents', 'cli', 'supervisor']
  .flatMap((place) => (['libs', 'services', 'agents'].includes(place) ? children(place) : [place]))
  .filter((project) => existsSync(join(root, project, 'tsconfig.build.json')))
  .map((project) => join(project, 'tsconfig.build.json'));

await run('typescript', [join('node_modules', 'typescript7', 'bin', 'tsc'), '-b', ...typescriptProjects]);

if (existsSync(join(root, 'dashboard', 'angular.json'))) {
  const stamp = join(root, 'dashboard', 'dist', '.inputs');
  const inputs = digestOf(['dashboard/src', 'dashboard/public', 'dashboard/angular.json', 'dashboard/package.json', 'contracts/src', 'package-lock.json']);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs) {
    await run('dashboard', [join(root, 'node_modules', '@angular', 'cli', 'bin', 'ng.js'), 'build'], join(root, 'dashboard'));
    writeFileSync(stamp, inputs);
  }
}

function children(folder) {
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
}

/** SHA-256 over paths and contents of files and folders. */
function digestOf(places) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  };
  for (const place of places) add(join(root, place));
  return hash.digest('hex');
}

function run(what, argv, cwd = root) {
  return new Promise((resolve) => {
    const child = spawn(node, argv, { cwd, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NG_CLI_ANALYTICS: 'false' } });
    child.on('error', (error) => fail(`${what}: ${error.message}`));
    child.on('exit', (code) => (code === 0 ? resolve() : fail(`The build of ${what} failed.`)));
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
