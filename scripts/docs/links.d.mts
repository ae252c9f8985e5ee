/** Links in Markdown that lead to no file, or to no heading in it: in `files`, else in all of the repository. */
export function brokenLinks(projectRoot: string, files?: string[]): string[];
