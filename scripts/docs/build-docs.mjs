#!/usr/bin/env node
// Builds the site of the documentation into docs/dist, which the gateway serves at /docs. Part of `npm run build`.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compressFiles } from '../compress.mjs';
import { layout } from './layout.mjs';
import { renderer } from './markdown.mjs';
import { readPages } from './pages.mjs';
import { searchIndex } from './search-index.mjs';

const site = fileURLToPath(new URL('site/', import.meta.url));
const FONTS = { '@fontsource-variable/inter': 'inter', '@fontsource-variable/jetbrains-mono': 'jetbrains-mono' };
const MISSING = { path: '404', url: '/docs/404', title: 'There is no such page', section: '', listed: false, note: '', text: '' };

/** Everything or nothing: a folder that is half written is never served. */
export async function buildDocs(projectRoot) {
  const output = join(projectRoot, 'docs/dist');
  const draft = `${output}.part`;
  await rm(draft, { recursive: true, force: true });
  const pages = readPages(projectRoot);
  const assets = await assetsOf(projectRoot);
  const version = createHash('sha256').update(assets['docs.css']).update(assets['docs.js']).digest('hex').slice(0, 8);
  const render = renderer(pages);
  const rendered = pages.map((page) => ({ page, ...render(page) }));
  const write = async (path, text) => {
    await mkdir(dirname(join(draft, path)), { recursive: true });
    await writeFile(join(draft, path), text);
  };
  for (const { page, html, headings } of rendered) {
    const file = page.url.replace(/^\/docs\//, '') || 'index';
    await write(`${file}.html`, layout({ page, pages, main: html, headings, version }));
  }
  const main = '<h1>There is no such page</h1><p>It may have got another name: look for it above.</p>';
  await write('404.html', layout({ page: MISSING, pages, main, headings: [], version }));
  await write('search.json', searchIndex(rendered));
  for (const [name, content] of Object.entries(assets)) await write(`assets/${name}`, content);
  await cp(join(projectRoot, 'docs/images'), join(draft, 'images'), { recursive: true });
  await compressFiles(draft, /\.(html|js|css|json)$/);
  await rm(output, { recursive: true, force: true });
  await rename(draft, output);
}

/** The page's own style and script, the product's tokens and fonts, and the search. */
async function assetsOf(projectRoot) {
  const ofDashboard = createRequire(join(projectRoot, 'dashboard/package.json'));
  const tokens = await readFile(join(projectRoot, 'dashboard/src/styles/tokens.css'), 'utf8');
  const fonts = Object.entries(FONTS).map(async ([name, file]) => {
    const folder = dirname(ofDashboard.resolve(`${name}/package.json`));
    return [`${file}.woff2`, await readFile(join(folder, `files/${file}-latin-wght-normal.woff2`))];
  });
  return {
    'docs.css': `${tokens}\n${await readFile(join(site, 'docs.css'), 'utf8')}`,
    'docs.js': await readFile(join(site, 'docs.js')),
    'theme.js': await readFile(join(site, 'theme.js')),
    'minisearch.js': await readFile(fileURLToPath(import.meta.resolve('minisearch'))),
    ...Object.fromEntries(await Promise.all(fonts)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildDocs(fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, ''));
