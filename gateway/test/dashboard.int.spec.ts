import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-dashboard-'));
  await writeFile(join(folder, 'index.html'), '<app-root ngCspNonce="CSP_NONCE"></app-root>');
  await writeFile(join(folder, 'main-4FHA2XQZ.js'), 'export {};');
  await writeFile(join(folder, 'chunk-3-S-Zt-I.js'), 'export {};');
  await writeFile(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await mkdir(join(folder, 'media'));
  harness = await startHarness({ AGENCYOS_DASHBOARD_DIR: folder });
}, 60_000);
afterAll(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

const page = (path: string) => harness.call('GET', path, { headers: { accept: 'text/html' } });

describe('the dashboard', () => {
  it.each(['/', '/setup', '/boards/42', '/runs/0190-42', '/index.html'])(
    'has one page for %s',
    async (path) => {
      const response = await page(path);
      expect(response.status).toBe(200);
      const nonce = /ngCspNonce="([^"]+)"/.exec(await response.text())![1]!;
      expect(nonce).not.toBe('CSP_NONCE');
      expect(response.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it('gives every answer another nonce', async () => {
    const [one, other] = [await (await page('/')).text(), await (await page('/')).text()];
    expect(one).not.toBe(other);
  });

  it('keeps files with a hash for ever, others not', async () => {
    for (const file of ['main-4FHA2XQZ.js', 'chunk-3-S-Zt-I.js']) {
      expect((await page(`/${file}`)).headers.get('cache-control')).toBe(
        'public, max-age=31536000, immutable',
      );
    }
    expect((await page('/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it('answers what is missing with 404, never with the page or a folder', async () => {
    for (const path of [
      '/main-00000000.js',
      '/api/v1/nowhere',
      '/media/../../etc/passwd.txt',
      '/%2e%2e/secret.txt',
    ]) {
      expect((await page(path)).status).toBe(404);
    }
  });

  it('allows a page nothing but what is ours', async () => {
    const { headers } = await page('/');
    const policy = headers.get('content-security-policy')!.split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.has('x-powered-by')).toBe(false);
  });
});

describe('the published description', () => {
  it('is open to everybody', async () => {
    const response = await harness.call('GET', '/api/v1/openapi.json');
    expect(await response.json()).toMatchObject({
      openapi: '3.1.0',
      paths: expect.objectContaining({ '/api/v1/login': expect.anything() }) as never,
    });
  });
});
