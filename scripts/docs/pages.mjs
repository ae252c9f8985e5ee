import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const INDEX = 'docs/README.md';
/** Decisions have a list of their own, so the index names that alone. */
const DECISIONS = 'docs/adr/';

/**
 * The pages of the site: docs/README.md, which is their index, what it lists, and the decisions. What it lists may lie
 * elsewhere in the repository.
 *
 * @returns {{path: string, url: string, title: string, name?: string, section: string, listed: boolean, note: string, text: string}[]}
 */
export function readPages(projectRoot) {
  const read = (path) => readFileSync(join(projectRoot, path), 'utf8');
  const index = read(INDEX);
  const pages = [page(INDEX, index, { section: '', listed: false, note: '' })];
  let section = '';
  for (const line of index.split('\n')) {
    section = /^## (.+)/.exec(line)?.[1] ?? section;
    const [, name, target, note = ''] = /^- \[([^\]]+)\]\(([^)]+\.md)\)(?::? (.+))?$/.exec(line) ?? [];
    if (!target) continue;
    const path = join('docs', target);
    if (!existsSync(join(projectRoot, path))) throw new Error(`${INDEX} lists ${path}, which is not there.`);
    pages.push(page(path, read(path), { name, section, listed: true, note }));
  }
  const decisions = markdownIn(projectRoot, DECISIONS).filter((path) => /\/\d+[^/]*$/.test(path));
  const { section: ofDecisions = '' } = pages.find(({ path }) => path === `${DECISIONS}README.md`) ?? {};
  return [...pages, ...decisions.map((path) => page(path, read(path), { section: ofDecisions, listed: false, note: '' }))];
}

/** Pages of docs/ that nobody finds: the index does not list them. */
export function unlistedPages(projectRoot) {
  const known = new Set(readPages(projectRoot).map(({ path }) => path));
  return markdownIn(projectRoot, 'docs/').filter((path) => !known.has(path));
}

/** As the oldest Node.js that may begin a start can find them: it has no glob. */
function markdownIn(projectRoot, folder) {
  const found = readdirSync(join(projectRoot, folder), { recursive: true });
  return found
    .filter((path) => path.endsWith('.md'))
    .map((path) => folder + path)
    .sort();
}

/** `docs/backup.md` → `/docs/backup`, `docs/README.md` → `/docs/`, `contracts/README.md` → `/docs/contracts` */
export const urlOf = (path) => `/docs/${path.replace(/^docs\//, '').replace(/(^|\/)README\.md$|\.md$/, '')}`;

function page(path, text, { name, section, listed, note }) {
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (!title) throw new Error(`${path} has no title: its first line is to be "# …".`);
  return { path, url: urlOf(path), title: title.replaceAll('`', ''), name, section, listed, note, text };
}
