/** A page of the site of the documentation. */
export interface DocsPage {
  /** In the repository. */
  path: string;
  url: string;
  title: string;
  /** In the navigation. */
  name?: string;
  section: string;
  listed: boolean;
  note: string;
  text: string;
}
export function readPages(projectRoot: string): DocsPage[];
export function unlistedPages(projectRoot: string): string[];
export function urlOf(path: string): string;
