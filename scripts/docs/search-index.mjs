import MiniSearch from 'minisearch';

/** What the page's own script gives to `MiniSearch.loadJSON`: scripts/docs/site/docs.js. */
const OPTIONS = { fields: ['heading', 'title', 'text'], storeFields: ['title', 'heading', 'start'] };
const START_CHARACTERS = 120;

/** An index of every section of the pages, by its address. */
export function searchIndex(rendered) {
  const index = new MiniSearch(OPTIONS);
  for (const { page, sections } of rendered)
    for (const { id, depth, heading, text } of sections)
      index.add({
        id: depth === 1 ? page.url : `${page.url}#${id}`,
        ...{ title: page.title, heading, text, start: startOf(text) },
      });
  return JSON.stringify(index);
}

const startOf = (text) => (text.length > START_CHARACTERS ? `${text.slice(0, START_CHARACTERS).replace(/ \S*$/, '')} …` : text);
