import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { compressFiles } from '../../scripts/compress.mjs';
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
  await writeFile(join(folder, 'styles-6UL4CULH.css'), `.card { color: red }\n`.repeat(200));
  await compressFiles(folder);
  harness = await startHarness({ AGENCYOS_DASHBOARD_DIR: folder });
});
afterAll(async () => {
  await harness?.stop();
  await rm(folder, { recursive: true, force: true });
});

const page = (path: string) => harness.call('GET', path, { headers: { accept: 'text/html' } });

describe('the dashboard', () => {
  it.each(['/', '/setup', '/boards/42', '/runs/0190-42', '/index.html'])('has one page for %s', async (path) => {
    const response = await page(path);
    expect(response.status).toBe(200);
    const nonce = /ngCspNonce="([^"]+)"/.exec(await response.text())![1]!;
    expect(nonce).not.toBe('CSP_NONCE');
    expect(response.headers.get('content-security-policy')).toContain(`'nonce-${nonce}'`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('gives every answer another nonce', async () => {
    const [one, other] = [await (await page('/')).text(), await (await page('/')).text()];
    expect(one).not.toBe(other);
  });

  it('keeps files with a hash for ever, others not', async () => {
    for (const file of ['main-4FHA2XQZ.js', 'chunk-3-S-Zt-I.js']) {
      expect((await page(`/${file}`)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
    expect((await page('/favicon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  describe('compressed (fault 36)', () => {
    const STYLES = '/styles-6UL4CULH.css';
    /** As it travels: `fetch` would take it apart. */
    const raw = (path: string, acceptEncoding: string, headers: Record<string, string> = {}) =>
      new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
        get(`${harness.url}${path}`, { headers: { 'accept-encoding': acceptEncoding, ...headers } }, (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(parts),
            }),
          );
        }).on('error', reject);
      });

    it.each([
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
      ['identity', undefined, (body: Buffer) => body],
      ['br;q=0, gzip;q=0', undefined, (body: Buffer) => body],
    ])('to a browser that takes %s', async (accepted, coding, open) => {
      for (const path of [STYLES, '/boards']) {
        const { status, headers, body } = await raw(path, accepted, { accept: 'text/html' });
        expect([status, headers['content-encoding'], headers.vary]).toEqual([200, coding, 'Accept-Encoding']);
        expect(Number(headers['content-length'])).toBe(body.length);
        expect(open(body).toString()).toContain(path === STYLES ? '.card' : 'app-root');
      }
    });

    it('as what it is, for ever, and known again by its tag', async () => {
      const { headers } = await raw(STYLES, 'br');
      expect(headers['content-type']).toBe('text/css; charset=utf-8');
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect((await raw(STYLES, 'br', { 'if-none-match': headers.etag! })).status).toBe(304);
      expect((await raw(STYLES, 'gzip', { 'if-none-match': headers.etag! })).status).toBe(200);
    });

    it('never by the name of its copy, and what has no copy as it is', async () => {
      expect((await raw(`${STYLES}.br`, 'br')).status).toBe(404);
      const { status, headers } = await raw('/main-4FHA2XQZ.js', 'br');
      expect([status, headers['content-encoding']]).toEqual([200, undefined]);
    });
  });

  it('answers what is missing with 404, never with the page or a folder', async () => {
    for (const path of ['/main-00000000.js', '/api/v1/nowhere', '/media/../../etc/passwd.txt', '/%2e%2e/secret.txt']) {
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
