import type { DocsPage } from './pages.mjs';

export interface RenderedPage {
  html: string;
  headings: { id: string; depth: number; words: string }[];
  sections: { id: string; depth: number; heading: string; text: string }[];
}
export function renderer(pages: DocsPage[]): (page: Pick<DocsPage, 'path' | 'text'>) => RenderedPage;
