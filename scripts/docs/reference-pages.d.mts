/** Pages that are written by `npm run generate`: path → text. @throws Error for a setting that nobody explains */
export function referencePages(projectRoot: string): Record<string, string>;
