import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '../scripts/chromium.mjs';

const { PATH, CHROMIUM } = process.env;
let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'agencyos-browser-'));
});

afterEach(async () => {
  Object.assign(process.env, { PATH, ...(CHROMIUM && { CHROMIUM }) });
  await rm(project, { recursive: true, force: true });
});

async function program(path: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\nexit 0\n');
  await chmod(path, 0o755);
  return path;
}

it('a browser is the one that CHROMIUM names, one on PATH, or what npm test has put into the project', async () => {
  const own = await program(join(project, '.cache/chromium/chromium'));
  const named = await program(join(project, 'named'));
  delete process.env['CHROMIUM'];
  process.env['PATH'] = join(project, 'bin');
  expect(await findChromium({ projectRoot: project })).toBe(own);
  const installed = await program(join(project, 'bin/chromium'));
  expect(await findChromium({ projectRoot: project })).toBe(installed);
  process.env['CHROMIUM'] = named;
  expect(await findChromium({ projectRoot: project })).toBe(named);
});
