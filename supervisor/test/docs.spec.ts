import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import MiniSearch from 'minisearch';
import { layout } from '../../scripts/docs/layout.mjs';
import { brokenLinks } from '../../scripts/docs/links.mjs';
import { renderer } from '../../scripts/docs/markdown.mjs';
import { readPages, unlistedPages } from '../../scripts/docs/pages.mjs';
import { referencePages } from '../../scripts/docs/reference-pages.mjs';
import { searchIndex } from '../../scripts/docs/search-index.mjs';

const root = join(import.meta.dirname, '..', '..');
const pages = readPages(root);
const render = renderer(pages);
const rendered = pages.map((page) => ({ page, ...render(page) }));
const folder = mkdtempSync(join(tmpdir(), 'agencyos-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the documentation', () => {
  it('has no page that the index does not list', () => {
    expect(unlistedPages(root)).toEqual([]);
    expect([...new Set(pages.map(({ section }) => section))]).toEqual([
      '',
      ...['Tutorial', 'How to: the dashboard', 'How to', 'Reference', 'Explanation'],
    ]);
  });

  it('leads nowhere where nothing is, in no Markdown of the repository', () => {
    expect(brokenLinks(root)).toEqual([]);
  });

  it('would show a link to no file and to no heading', () => {
    writeFileSync(
      join(folder, 'a.md'),
      '# A\n\n[b](b.md#here), [c](c.md), [b](b.md#nowhere), [itself](#a), [web](https://x.example)\n',
    );
    writeFileSync(join(folder, 'b.md'), '# B\n\n## Here\n');
    expect(brokenLinks(folder, ['a.md'])).toEqual([
      'a.md leads to c.md: there is no such file',
      'a.md leads to b.md#nowhere: there is no such heading',
    ]);
  });

  it('says in its reference what the contracts, the command line and the chart say: otherwise `npm run generate`', () => {
    for (const [path, text] of Object.entries(referencePages(root)))
      expect([path, readFileSync(join(root, path), 'utf8')]).toEqual([path, text]);
  });

  it('names only scripts that npm knows', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/npm run ([a-z][a-z0-9:-]*)\b(?! -w)/g)].map(([, name]) => name!),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the site of the documentation', () => {
  const html = rendered.map(({ page, html: main, headings }) => layout({ page, pages, main, headings, version: '1' }));

  it('is allowed by a policy that takes nothing from elsewhere, and nothing inline', () => {
    for (const text of html) {
      for (const [, source] of text.matchAll(/(?:src|<link[^>]* href)="([^"]+)"/g))
        expect(source).toMatch(/^(\/docs\/|data:image)/);
      expect(text).not.toMatch(/<script(?![^>]* src=)|<style|<[^>]* (style|on[a-z]+)="/);
    }
  });

  it('can be built in the image, which is made without what tests need', () => {
    const left = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
    expect(pages.filter(({ path }) => left.some((folder) => path.startsWith(`${folder}/`))).map(({ path }) => path)).toEqual([]);
  });

  it('shows HTML of a page as it stands', () => {
    const planted = { path: 'docs/x.md', text: '# X\n\n<script>alert(1)</script>\n\na <b onclick="x">b</b> and `<i>`\n' };
    expect(render(planted).html).not.toMatch(/<(script|b|i)\b/);
  });

  it('leads to headings by the names that they have', () => {
    const ids = new Map(rendered.map(({ page, headings }) => [page.url, headings.map(({ id }) => id)]));
    const wanted = rendered.flatMap(({ page, html: main }) =>
      [...main.matchAll(/href="([^"#]*)#([^"]+)"/g)]
        .filter(([, url]) => !url!.includes(':'))
        .map(([, url, id]) => [url === '' ? page.url : url!, id!] as const),
    );
    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter(([url, id]) => !ids.get(url)?.includes(id))).toEqual([]);
  });

  it('finds what is asked for', () => {
    const fields = { fields: ['heading', 'title', 'text'], storeFields: ['title', 'heading', 'start'] };
    expect(readFileSync(join(root, 'scripts/docs/site/docs.js'), 'utf8')).toContain(`const FIELDS = ${show(fields)};`);
    const index = MiniSearch.loadJSON(searchIndex(rendered), fields);
    const first = (words: string) =>
      index.search(words, { prefix: true, combineWith: 'AND', boost: { heading: 3, title: 2 } })[0]?.['id'];
    expect(first('not_offered')).toBe('/docs/reference/refusals#not_offered');
    expect(first('AgencyosRelayBehind')).toBe('/docs/alerts#agencyosrelaybehind');
    expect(first('first workflow')).toBe('/docs/tutorial/first-workflow');
  });
});

const show = (fields: Record<string, string[]>) =>
  `{ ${Object.entries(fields)
    .map(([name, list]) => `${name}: [${list.map((one) => `'${one}'`).join(', ')}]`)
    .join(', ')} }`;
