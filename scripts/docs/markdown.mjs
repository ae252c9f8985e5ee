import { dirname, join, normalize } from 'node:path';
import { Marked } from 'marked';

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escape = (text) => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]);
const OUTSIDE = /^[a-z][a-z+.-]*:/;

/** What a heading is called in addresses: as GitHub does it, so that the same link leads there in both. */
export function anchorsOf() {
  const taken = new Map();
  return (heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, '')
      .replaceAll(' ', '-');
    const before = taken.get(slug) ?? 0;
    taken.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  };
}

/** Text of a token and what is in it, without marks. */
export function plain(tokens) {
  return tokens
    .map((token) => (token.tokens ? plain(token.tokens) : token.type === 'br' ? ' ' : (token.text ?? '')))
    .join('')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");
}

/** Where a link of a file leads: a file of the repository and a heading in it, or nowhere of ours. */
export function targetOf(from, href) {
  if (OUTSIDE.test(href)) return undefined;
  const [file, anchor] = href.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), decodeURI(file))).replace(/\/$/, '');
  return { path, anchor };
}

/**
 * Turns pages into HTML. Nothing in a page is HTML already: what looks like it is shown as it stands.
 *
 * @returns a function of a page: its HTML, its headings, and its text by heading, for the search
 */
export function renderer(pages) {
  const urls = new Map(pages.map(({ path, url }) => [path, url]));
  return ({ path, text }) => {
    const anchor = anchorsOf();
    const headings = [];
    const marked = new Marked({ gfm: true });
    const tokens = marked.lexer(text);
    const inline = (parser, list) => parser.parseInline(list);
    marked.use({
      renderer: {
        heading({ tokens, depth }) {
          const words = plain(tokens);
          const id = anchor(words);
          headings.push({ id, depth, words });
          const self = depth === 1 ? '' : `<a class="anchor" href="#${id}" aria-label="Link to ${escape(words)}">#</a>`;
          return `<h${depth} id="${id}">${inline(this.parser, tokens)}${self}</h${depth}>\n`;
        },
        link({ href, tokens }) {
          return link(urls, path, href, inline(this.parser, tokens));
        },
        image({ href, text: description }) {
          return `<img src="${urlOfFile(targetOf(path, href).path)}" alt="${escape(description)}" loading="lazy" />`;
        },
        code({ text: code, lang }) {
          return `<pre tabindex="0"${lang ? ` data-lang="${escape(lang)}"` : ''}><code>${escape(code)}</code></pre>\n`;
        },
        table(token) {
          // A head that says nothing is none.
          const cell = (tag) => (one) => {
            const kind = one.text === '' ? 'td' : tag;
            return `<${kind}>${inline(this.parser, one.tokens)}</${kind}>`;
          };
          const named = token.header.some(({ text: words }) => words !== '');
          const head = named ? `<thead><tr>${token.header.map(cell('th')).join('')}</tr></thead>` : '';
          const rows = token.rows.map((row) => `<tr>${row.map(cell('td')).join('')}</tr>`).join('\n');
          return `<div class="table" tabindex="0"><table>${head}<tbody>${rows}</tbody></table></div>\n`;
        },
        html: ({ text: html }) => escape(html),
      },
    });
    const html = marked.parser(tokens);
    return { html, headings, sections: sectionsOf(tokens) };
  };
}

const urlOfFile = (path) => `/${path}`;

function link(urls, from, href, words) {
  const target = targetOf(from, href);
  if (!target) return `<a href="${escape(href)}" rel="noreferrer">${words}</a>`;
  const { path, anchor } = target;
  const place = urls.get(path) ?? urls.get(`${path}/README.md`);
  if (place) return `<a href="${path === from ? '' : place}${anchor ? `#${anchor}` : ''}">${words}</a>`;
  // A file of the sources, which the site does not have, and an image of it neither; a spec looks whether it is there.
  return `<span class="source" title="${escape(path)} in the sources">${words}</span>`;
}

/** What stands below each heading, as plain text. */
function sectionsOf(tokens) {
  const anchor = anchorsOf();
  const sections = [];
  for (const token of tokens) {
    if (token.type === 'heading') {
      const words = plain(token.tokens);
      sections.push({ id: anchor(words), depth: token.depth, heading: words, text: '' });
    } else if (sections.length > 0) sections.at(-1).text += ` ${textOf(token)}`;
  }
  return sections.map((section) => ({ ...section, text: section.text.replace(/\s+/g, ' ').trim() }));
}

function textOf(token) {
  if (token.type === 'table')
    return [token.header, ...token.rows].map((row) => row.map(({ tokens }) => plain(tokens)).join(' ')).join(' ');
  if (token.type === 'list') return token.items.map(({ tokens }) => tokens.map(textOf).join(' ')).join(' ');
  return token.tokens ? plain(token.tokens) : (token.text ?? '');
}
