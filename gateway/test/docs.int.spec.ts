import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compressFiles } from '../../scripts/compress.mjs';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-docs-'));
  const write = async (path: string, text: string) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write('docs/index.html', '<h1>Documentation</h1>');
  await write('docs/adr.html', '<h1>Decisions</h1>');
  await write('docs/adr/0001-log.html', `<h1>The log</h1>${'<p>It is the truth.</p>'.repeat(100)}`);
  await write('docs/404.html', '<h1>There is no such page</h1>');
  await write('docs/assets/docs.js', 'export {};');
  await compressFiles(join(folder, 'docs'), /\.html$/);
  await write('page/index.html', '<app-root></app-root>');
  harness = await startHarness({ AGENCYOS_DASHBOARD_DIR: join(folder, 'page'), AGENCYOS_DOCS_DIR: join(folder, 'docs') });
});
afterAll(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** By somebody whom nobody knows. */
const get = (path: string) => fetch(`${harness.url}${path}`, { headers: { accept: 'text/html' } });

describe('the documentation', () => {
  it.each([
    ['/docs', 'Documentation'],
    ['/docs/', 'Documentation'],
    ['/docs/adr', 'Decisions'],
    ['/docs/adr/0001-log', 'The log'],
  ])('is there for everybody: %s', async (path, title) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain(`<h1>${title}</h1>`);
  });

  it('is compressed, and asked for again only where it has changed', async () => {
    const { headers } = await get('/docs/adr/0001-log');
    expect([headers.get('content-encoding'), headers.get('cache-control')]).toEqual(['gzip', 'no-cache']);
    expect((await get('/docs/assets/docs.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('may load nothing from elsewhere, and nothing inline', async () => {
    const policy = (await get('/docs')).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none';script-src 'self';");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  });

  it('says that it has no such page, and is no way to other files', async () => {
    for (const path of [
      '/docs/nowhere',
      '/docs/assets/nothing.js',
      '/docs/%2e%2e/page/index.html',
      '/docs/adr/0001-log.html.br',
    ]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 404, expect.not.stringContaining('app-root')]);
    }
    expect(await (await get('/docs/nowhere')).text()).toContain('There is no such page');
    expect(await (await get('/documents')).text()).toContain('app-root');
  });
});
