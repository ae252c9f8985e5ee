import type { RenderedPage } from './markdown.mjs';
import type { DocsPage } from './pages.mjs';

/** What `MiniSearch.loadJSON` reads. */
export function searchIndex(rendered: (RenderedPage & { page: DocsPage })[]): string;
