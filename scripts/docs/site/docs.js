// Theme and search. Without it everything can be read all the same.
const root = document.documentElement;
const themeButton = document.querySelector('.theme');
themeButton.hidden = false;
themeButton.addEventListener('click', () => {
  const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
  root.dataset.theme = next;
  try {
    localStorage.setItem('agencyos.theme', next);
  } catch {
    // Without storage the choice lasts until the page is left.
  }
});

const MOST = 8;
const FIELDS = { fields: ['heading', 'title', 'text'], storeFields: ['title', 'heading', 'start'] };
const input = document.querySelector('.search input');
const list = document.querySelector('.search ol');
let loading;

/** Once somebody wants to search, not before. */
function load() {
  loading ??= Promise.all([
    import('/docs/assets/minisearch.js'),
    fetch('/docs/search.json').then((answer) => answer.text()),
  ]).then(([{ default: MiniSearch }, index]) => MiniSearch.loadJSON(index, FIELDS));
  loading.catch(() => (loading = undefined));
  return loading;
}

const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

function result({ id, title, heading, start }) {
  const link = document.createElement('a');
  link.href = id;
  link.append(element('b', heading), heading === title ? '' : element('span', title, 'of'), element('small', start));
  const item = document.createElement('li');
  item.append(link);
  return item;
}

async function search() {
  const asked = input.value.trim();
  if (asked === '') return show([]);
  const index = await load();
  if (input.value.trim() !== asked) return; // typed on meanwhile
  const how = {
    prefix: true,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    boost: { heading: 3, title: 2 },
    combineWith: 'AND',
  };
  const found = index.search(asked, how).slice(0, MOST);
  show(found.length > 0 ? found.map(result) : [element('li', `Nothing is called so. Other words may help.`, 'none')]);
}

function show(items) {
  list.replaceChildren(...items);
  list.hidden = items.length === 0;
}

input.addEventListener('focus', () => void load());
input.addEventListener('input', () => void search());
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== input && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    input.focus();
  }
  if (event.key === 'Escape') show([]);
  if (!['ArrowDown', 'ArrowUp', 'Enter'].includes(event.key) || list.hidden) return;
  const links = [...list.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement);
  if (event.key === 'Enter') {
    if (at < 0 && document.activeElement === input) links[0]?.click();
    return;
  }
  event.preventDefault();
  (links[at + (event.key === 'ArrowDown' ? 1 : -1)] ?? input).focus();
});
document.addEventListener('click', ({ target }) => {
  if (!target.closest('.search')) show([]);
});
