import type { DocsPage } from './pages.mjs';

export interface RenderedPage {
  html: string;
  headings: { id: string; depth: number; words: string }[];
  sections: { id: string; depth: number; heading: string; text: string }[];
}
/** @throws Error for a link that leads nowhere */
export function renderer(projectRoot: string, pages: DocsPage[]): (page: Pick<DocsPage, 'path' | 'text'>) => RenderedPage;
