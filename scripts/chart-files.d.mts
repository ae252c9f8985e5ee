export function chartFiles(table?: object): Record<string, string>;
