import { escape } from './markdown.mjs';

const SUN =
  'M5.1 8a2.9 2.9 0 1 1 5.8 0 2.9 2.9 0 1 1-5.8 0ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9';
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4.5' fill='%231b1f27'/%3E%3Cpath d='M3.8 11.8 8 4l4.2 7.8' fill='none' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E";
const drawing = (path) => `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}" /></svg>`;
const LOGO =
  '<svg class="logo" viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" rx="4.5" /><path d="M3.8 11.8 8 4l4.2 7.8" /></svg>';

/** A whole page. `main` is HTML; everything that it loads is ours. */
export function layout({ page, pages, main, headings, version }) {
  const contents = headings.filter(({ depth }) => depth === 2);
  return `<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8" />
<title>${escape(page.title)} · AgencyOS</title>
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<link rel="icon" href="${ICON}" type="image/svg+xml" />
<script src="/docs/assets/theme.js?${version}"></script>
<link rel="stylesheet" href="/docs/assets/docs.css?${version}" />
<script type="module" src="/docs/assets/docs.js?${version}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<a class="brand" href="/docs/" aria-label="AgencyOS docs">${LOGO}<span>AgencyOS <b>docs</b></span></a>
<search class="search"><input type="search" placeholder="Search" aria-label="Search the documentation" aria-keyshortcuts="/" autocomplete="off" /><ol hidden></ol></search>
<nav class="ends" aria-label="Product"><a class="product" href="/">Open AgencyOS</a><button type="button" class="theme" aria-label="Change the theme" hidden>${drawing(SUN)}</button></nav>
</header>
<details class="all"><summary>All pages</summary>${navigation(page, pages, 'All pages, folded')}</details>
<div class="body">
<div class="sidebar">${navigation(page, pages, 'All pages')}</div>
<main id="main" tabindex="-1">
${main}</main>
${contents.length > 1 ? contentsOf(contents) : '<div></div>'}
</div>
</body>
</html>
`;
}

function navigation(page, pages, label) {
  const listed = pages.filter(({ listed }) => listed);
  const sections = new Set(listed.map(({ section }) => section));
  // Decisions stand below their list.
  const here = pages.find(({ listed, path }) => listed && path === 'docs/adr/README.md' && page.path.startsWith('docs/adr/'));
  const item = (one) => {
    const current = one === page ? ' aria-current="page"' : one === here ? ' aria-current="true"' : '';
    return `<li><a href="${one.url}"${current}>${escape(one.name)}</a></li>`;
  };
  const itemsOf = (name) => listed.filter(({ section }) => section === name).map(item);
  const lists = [...sections].map((name) => `<h2>${escape(name)}</h2><ul>${itemsOf(name).join('')}</ul>`);
  return `<nav aria-label="${label}">${lists.join('')}</nav>`;
}

const contentsOf = (headings) =>
  `<nav class="contents" aria-label="On this page"><h2>On this page</h2><ul>${headings
    .map(({ id, words }) => `<li><a href="#${id}">${escape(words)}</a></li>`)
    .join('')}</ul></nav>`;
