import type { RenderedPage } from './markdown.mjs';
import type { DocsPage } from './pages.mjs';

/** A whole page of HTML. */
export function layout(options: {
  page: DocsPage;
  pages: DocsPage[];
  main: string;
  headings: RenderedPage['headings'];
  version: string;
}): string;
